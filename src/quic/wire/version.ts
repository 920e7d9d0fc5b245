import { fromHex } from '../../bytes/index.ts'

/** What differs between QUIC versions that are otherwise alike. */
export interface VersionInfo {
  readonly version: number
  /** RFC 9001 §5.2, RFC 9369 §3.3.1. */
  readonly initialSalt: Uint8Array
  /** Goes before `key`, `iv`, `hp` and `ku` (RFC 9001 §5.1, RFC 9369 §3.3.2). */
  readonly labelPrefix: 'quic ' | 'quicv2 '
  /** The two long packet type bits of Initial, 0-RTT, Handshake and Retry, indexed by `PacketType`. */
  readonly longTypeBits: readonly number[]
  /** The reverse: the `PacketType` of each value of those bits. */
  readonly longTypes: readonly number[]
  /** RFC 9001 §5.8, RFC 9369 §3.3.3. */
  readonly retryKey: Uint8Array
  readonly retryNonce: Uint8Array
}

export const VERSION_1 = 1
export const VERSION_2 = 0x6b3343cf

const V1: VersionInfo = {
  version: VERSION_1,
  initialSalt: fromHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
  labelPrefix: 'quic ',
  longTypeBits: [0, 1, 2, 3],
  longTypes: [0, 1, 2, 3],
  retryKey: fromHex('be0c690b9f66575a1d766b54e368c84e'),
  retryNonce: fromHex('461599d35d632bf2239825bb'),
}

const V2: VersionInfo = {
  version: VERSION_2,
  initialSalt: fromHex('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
  labelPrefix: 'quicv2 ',
  longTypeBits: [1, 2, 3, 0],
  longTypes: [3, 0, 1, 2],
  retryKey: fromHex('8fb4b01b56ac48e260fbcbcead7ccc92'),
  retryNonce: fromHex('d86969bc2d7c6d9990efb04a'),
}

/** The constants of a version; undefined when there is no table for it. */
export function versionInfo(version: number): VersionInfo | undefined {
  if (version === VERSION_1) return V1
  return version === VERSION_2 ? V2 : undefined
}

/** Whether connections of that version are accepted and made. Version 2 has its table but no negotiation. */
export function isSupportedVersion(version: number): boolean {
  return version === VERSION_1
}
