import type { CryptoProvider, Identity, PeerVerifier, RandomBytes } from '../tls13/index.ts'
import { MAX_DATAGRAM_SIZE } from './datagram.ts'

/** What the core takes from the world besides datagrams and time. */
export interface Env {
  readonly crypto: CryptoProvider
  readonly randomBytes: RandomBytes
}

/** What both roles can set; every field has a default in `defaultTransportConfig`. */
export interface TransportConfig {
  /** Milliseconds without a packet after which the connection ends silently (RFC 9000 §10.1); 0 for never. */
  readonly maxIdleTimeout: number
  /** Milliseconds of silence after which a PING is sent; 0 for none. */
  readonly keepAliveInterval: number
  /** Milliseconds for the handshake to complete. */
  readonly handshakeTimeout: number
  /** Bytes of credit for the whole connection at its start; it grows up to `maxConnectionWindow`. */
  readonly initialMaxData: number
  readonly maxConnectionWindow: number
  /** Bytes of credit for each stream at its start; it grows up to `maxStreamWindow`. */
  readonly initialMaxStreamData: number
  readonly maxStreamWindow: number
  /** How many streams the peer may have open at once. */
  readonly initialMaxStreamsBidi: number
  readonly initialMaxStreamsUni: number
  /** Bytes queued on a stream above which `write` answers false. */
  readonly sendBufferHighWaterMark: number
  /** Bytes of UDP payload, 1200 … 9000: what every path is trusted with, and where a search for more begins. */
  readonly maxDatagramSize: number
  /** Milliseconds that is taken for the RTT before it is measured (RFC 9002 §6.2.2). */
  readonly initialRtt: number
  /** Whether `keyLog` events are made. */
  readonly keyLog: boolean
}

export interface ClientConfig {
  readonly transport?: Partial<TransportConfig>
  /** In order of preference; at least one. */
  readonly alpn: readonly string[]
  /** Host name or IP literal: sent as SNI if it is a name. */
  readonly serverName: string
  readonly verifyPeer: PeerVerifier
  /** Answers a CertificateRequest. */
  readonly identity?: Identity
  readonly cipherSuites?: readonly number[]
  readonly groups?: readonly string[]
}

export interface ServerConfig {
  readonly transport?: Partial<TransportConfig>
  readonly alpn: readonly string[]
  /** The certificate for an SNI (undefined when the client sent none); undefined: alert unrecognized_name. */
  selectIdentity(serverName: string | undefined): Identity | undefined
  readonly clientCertificate?: 'none' | 'request' | 'require'
  /** Judges a client's certificate; needed unless `clientCertificate` is `none` (the default). */
  readonly verifyPeer?: PeerVerifier
  readonly cipherSuites?: readonly number[]
  readonly groups?: readonly string[]
}

export const defaultTransportConfig: TransportConfig = Object.freeze({
  maxIdleTimeout: 30_000,
  keepAliveInterval: 0,
  handshakeTimeout: 10_000,
  initialMaxData: 1024 * 1024,
  maxConnectionWindow: 24 * 1024 * 1024,
  initialMaxStreamData: 256 * 1024,
  maxStreamWindow: 8 * 1024 * 1024,
  initialMaxStreamsBidi: 100,
  initialMaxStreamsUni: 16,
  sendBufferHighWaterMark: 256 * 1024,
  maxDatagramSize: 1200,
  initialRtt: 333,
  keyLog: false,
})

const MAX_CREDIT = Number.MAX_SAFE_INTEGER

/** What each number may be: RFC 9000 §18.2 and §4.6, and what our buffers hold. */
const RANGES: { readonly [Name in keyof TransportConfig]?: readonly [min: number, max: number] } = {
  maxIdleTimeout: [0, MAX_CREDIT],
  keepAliveInterval: [0, MAX_CREDIT],
  handshakeTimeout: [1, MAX_CREDIT],
  initialMaxData: [0, MAX_CREDIT],
  maxConnectionWindow: [0, MAX_CREDIT],
  initialMaxStreamData: [0, MAX_CREDIT],
  maxStreamWindow: [0, MAX_CREDIT],
  initialMaxStreamsBidi: [0, 2 ** 53 / 8],
  initialMaxStreamsUni: [0, 2 ** 53 / 8],
  sendBufferHighWaterMark: [0, MAX_CREDIT],
  maxDatagramSize: [1200, MAX_DATAGRAM_SIZE],
  initialRtt: [1, 60_000],
}

/** Throws `RangeError` with the code `ERR_OUT_OF_RANGE` for a value that no connection can work with. */
export function checkTransportConfig(config: Partial<TransportConfig>): void {
  for (const name of Object.keys(RANGES) as (keyof TransportConfig)[]) {
    const value = config[name]
    const range = RANGES[name]
    if (value === undefined || range === undefined) continue
    const [min, max] = range
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) continue
    const message = `transport.${name} must be an integer from ${min} to ${max}, not ${String(value)}`
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
  }
}
