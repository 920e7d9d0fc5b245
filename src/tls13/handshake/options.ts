import type { Identity, PeerVerifier } from '../certificates/index.ts'
import { CIPHER_SUITES, cipherSuitesById } from '../cipher-suites.ts'
import type { CryptoProvider, RandomBytes } from '../crypto/provider.ts'
import type { CipherSuite } from '../session.ts'

interface CommonOptions {
  readonly crypto: CryptoProvider
  readonly randomBytes: RandomBytes
  /** The value of our quic_transport_parameters. */
  readonly transportParameters: Uint8Array
  /** Protocol names in order of preference, one byte a character; at least one. */
  readonly alpn: readonly string[]
  /** Ids in order of preference; by default all of `CIPHER_SUITES`. */
  readonly cipherSuites?: readonly number[]
  /** In order of preference; by default x25519, secp256r1, secp384r1. */
  readonly groups?: readonly string[]
  /** Whether to make `keyLog` events; by default not. */
  readonly keyLog?: boolean
}

export interface TlsClientOptions extends CommonOptions {
  /** A host name, or an IP literal, which is not sent (RFC 6066 §3). */
  readonly serverName: string
  /** Judges the server's certificates. */
  readonly verifyPeer: PeerVerifier
  /** Answers a CertificateRequest; without it the answer is an empty Certificate. */
  readonly identity?: Identity
  /** The groups for which the ClientHello has a share; by default the first of `groups`. */
  readonly keyShareGroups?: readonly string[]
}

export interface TlsServerOptions extends CommonOptions {
  /** The identity for an SNI, which is undefined if the client sent none; undefined: unrecognized_name. */
  selectIdentity(serverName: string | undefined): Identity | undefined
  /** By default `none`. */
  readonly clientCertificate?: 'none' | 'request' | 'require'
  /** Judges a client's certificates; needed unless `clientCertificate` is `none`. */
  readonly verifyPeer?: PeerVerifier
}

/** Throws `TypeError` if these are not names for ALPN (RFC 7301 §3.1). */
export function checkAlpn(alpn: readonly string[]): readonly string[] {
  if (alpn.length === 0) throw new TypeError('alpn needs at least one protocol name')
  for (const name of alpn) {
    if (!/^[\0-\xff]{1,255}$/.test(name))
      throw new TypeError(`not an ALPN protocol name: ${JSON.stringify(name)}`)
  }
  return alpn
}

export function suitesOf(ids: readonly number[] | undefined): readonly CipherSuite[] {
  if (ids === undefined) return CIPHER_SUITES
  if (ids.length === 0) throw new TypeError('at least one cipher suite is needed')
  return cipherSuitesById(ids)
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/

/**
 * The host name to send as SNI: without a trailing dot (RFC 6066 §3), undefined for an IP literal.
 * Throws `TypeError` for what is neither.
 */
export function serverNameIndication(serverName: string): string | undefined {
  if (IPV4.test(serverName) || serverName.includes(':')) return undefined
  const name = serverName.replace(/\.$/, '')
  if (!/^[\x21-\x7e]{1,253}$/.test(name))
    throw new TypeError(`not a host name in ASCII: ${JSON.stringify(serverName)}`)
  return name
}
