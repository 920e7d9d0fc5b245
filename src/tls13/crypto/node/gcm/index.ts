export { AesGcm } from './aes-gcm.ts'
export { gcmProgram } from './program.ts'
