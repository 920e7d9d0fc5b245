export {
  createDevCertificate,
  type DevCertificate,
  type DevCertificateOptions,
} from './dev-certificate.ts'
export { certificateHash, spkiHash } from './hashes.ts'
