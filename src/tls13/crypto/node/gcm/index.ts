export { AesGcm } from './aes-gcm.ts'
export { gcmPrograms } from './gcm-program.ts'
