import { concatBytes, equalSecrets, Writer } from '../../bytes/index.ts'
import type { CryptoProvider } from '../../tls13/index.ts'
import { type PacketHeader, PacketType, RETRY_TAG_LENGTH } from './packet-header.ts'
import { versionInfo } from './version.ts'

const EMPTY = new Uint8Array(0)

/**
 * Writes a Retry packet (RFC 9000 §17.2.5) into `out` and returns its length.
 *
 * @param originalDestinationConnectionId of the Initial that it answers
 * @param randomByte for the four unused bits
 */
export function writeRetry(
  crypto: CryptoProvider,
  out: Uint8Array,
  version: number,
  destinationConnectionId: Uint8Array,
  sourceConnectionId: Uint8Array,
  token: Uint8Array,
  originalDestinationConnectionId: Uint8Array,
  randomByte: number,
): number {
  const writer = new Writer(out)
  const typeBits = versionInfo(version)!.longTypeBits[PacketType.retry]!
  writer.u8(0xc0 | (typeBits << 4) | (randomByte & 0x0f))
  writer.u32(version)
  writer.u8(destinationConnectionId.length)
  writer.put(destinationConnectionId)
  writer.u8(sourceConnectionId.length)
  writer.put(sourceConnectionId)
  writer.put(token)
  writer.put(integrityTag(crypto, version, originalDestinationConnectionId, writer.written()))
  return writer.position
}

/**
 * The token of a packet of type `retry`, as a view; undefined, and the packet is to be dropped, when
 * the token is empty (RFC 9000 §17.2.5.2) or the integrity tag is wrong.
 */
export function readRetry(
  crypto: CryptoProvider,
  datagram: Uint8Array,
  header: PacketHeader,
  originalDestinationConnectionId: Uint8Array,
): Uint8Array | undefined {
  if (header.token.length === 0) return undefined
  const tagStart = header.end - RETRY_TAG_LENGTH
  const expected = integrityTag(
    crypto,
    header.version,
    originalDestinationConnectionId,
    datagram.subarray(header.start, tagStart),
  )
  return equalSecrets(expected, datagram.subarray(tagStart, header.end)) ? header.token : undefined
}

/** RFC 9001 §5.8: the tag of nothing, with the Retry pseudo-packet as associated data. */
function integrityTag(
  crypto: CryptoProvider,
  version: number,
  originalDestinationConnectionId: Uint8Array,
  packetWithoutTag: Uint8Array,
): Uint8Array {
  const { retryKey, retryNonce } = versionInfo(version)!
  const length = Uint8Array.of(originalDestinationConnectionId.length)
  const pseudoPacket = concatBytes([length, originalDestinationConnectionId, packetWithoutTag])
  const tag = new Uint8Array(RETRY_TAG_LENGTH)
  crypto.createAead('aes-128-gcm', retryKey).seal(retryNonce, pseudoPacket, EMPTY, tag)
  return tag
}
