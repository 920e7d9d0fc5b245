import type { AeadName, HashName } from './crypto/provider.ts'

/**
 * What QUIC sees of TLS 1.3 (RFC 9001 §4): bytes at levels go in and out, secrets come out.
 * TLS knows nothing of packets; QUIC knows nothing of handshake messages.
 */

/** RFC 9001 §2.1. Numbers, so that arrays can be indexed by level. */
export const Level = { initial: 0, earlyData: 1, handshake: 2, application: 3 } as const
export type Level = (typeof Level)[keyof typeof Level]

export interface CipherSuite {
  /** The two bytes on the wire: 0x1301, 0x1302 or 0x1303. */
  readonly id: number
  readonly name:
    | 'TLS_AES_128_GCM_SHA256'
    | 'TLS_AES_256_GCM_SHA384'
    | 'TLS_CHACHA20_POLY1305_SHA256'
  readonly aead: AeadName
  readonly hash: HashName
  /** Bytes of the AEAD key, and of the header protection key. */
  readonly keyLength: 16 | 32
}

/** Plain data, drained by {@link TlsSession.poll} in the order in which QUIC must act on it. */
export type TlsEvent =
  /** Bytes for CRYPTO frames of that level. */
  | { readonly type: 'data'; readonly level: Level; readonly bytes: Uint8Array }
  /** A traffic secret is ready: `write` for what we send, `read` for what we receive. */
  | {
      readonly type: 'secret'
      readonly direction: 'read' | 'write'
      readonly level: Level
      readonly suite: CipherSuite
      readonly secret: Uint8Array
    }
  /**
   * The peer's quic_transport_parameters, as soon as they are seen. A client gets them from
   * EncryptedExtensions, a server from the ClientHello: authenticated only when `complete` follows.
   */
  | { readonly type: 'transportParameters'; readonly bytes: Uint8Array }
  /** The handshake is complete (RFC 9001 §4.1.1): Finished was received and verified, and ours was sent. */
  | { readonly type: 'complete' }
  /** One line of an NSS key log, without its line end. */
  | { readonly type: 'keyLog'; readonly line: string }

/** What is known once the handshake is complete. */
export interface TlsInfo {
  readonly alpn: string | undefined
  readonly suite: CipherSuite
  readonly group: string
  /** The name that the client asked for. */
  readonly serverName: string | undefined
  /** The peer's certificates in DER, its own first; empty when it sent none. */
  readonly peerCertificates: readonly Uint8Array[]
}

/**
 * A client or a server. `receive` throws {@link TlsAlertError}, which QUIC turns into a CRYPTO_ERROR
 * (0x100 + the alert); the session is dead then.
 */
export interface TlsSession {
  /** A client writes its ClientHello; a server does nothing. Called once. */
  start(): void
  /** In-order CRYPTO bytes of one level, in pieces of any size. The bytes may be kept. */
  receive(level: Level, bytes: Uint8Array): void
  poll(): TlsEvent | undefined
  /** Undefined until the handshake is complete. */
  readonly info: TlsInfo | undefined
  /** What is to be used in its place after `complete`: it goes on, in less memory. */
  connected(): TlsSession
}

/** A fatal alert (RFC 9846 §6.2); `alert` is its number. */
export class TlsAlertError extends Error {
  override name = 'TlsAlertError'
  readonly alert: number

  /** @param message what went wrong, for people: it becomes the reason phrase */
  constructor(alert: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.alert = alert
  }
}
