export {
  ArgumentError,
  Certificate,
  CertificateError,
  type CertificateErrorCode,
  type ClientVerifierOptions,
  createClientVerifier,
  createServerVerifier,
  type Identity,
  loadIdentity,
  type PeerVerifier,
  readPemCertificates,
  type ServerVerifierOptions,
  TrustStore,
} from './certificates/index.ts'
export { CIPHER_SUITES, cipherSuitesById, INITIAL_SUITE } from './cipher-suites.ts'
export { nodeCrypto } from './crypto/node/provider.ts'
export {
  type Aead,
  type AeadName,
  type CryptoProvider,
  type GroupName,
  type HashName,
  type HeaderProtection,
  InvalidKeyShareError,
  type KeyShare,
  type PrivateKey,
  type RandomBytes,
  type RunningHash,
  type SignatureSchemeName,
} from './crypto/provider.ts'
export { TlsClient } from './handshake/client.ts'
export type { TlsClientOptions, TlsServerOptions } from './handshake/options.ts'
export { TlsServer } from './handshake/server.ts'
export { hkdfExpandLabel, hkdfExtract } from './key-schedule/hkdf.ts'
export {
  type CipherSuite,
  Level,
  TlsAlertError,
  type TlsEvent,
  type TlsInfo,
  type TlsSession,
} from './session.ts'
