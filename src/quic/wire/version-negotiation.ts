import { Writer } from '../../bytes/index.ts'
import type { PacketHeader } from './packet-header.ts'

/**
 * Writes a Version Negotiation packet (RFC 9000 §17.2.1) into `out` and returns its length.
 *
 * @param destinationConnectionId the source connection id of the packet that it answers
 * @param sourceConnectionId the destination connection id of that packet
 * @param randomByte for the bits that mean nothing
 */
export function writeVersionNegotiation(
  out: Uint8Array,
  destinationConnectionId: Uint8Array,
  sourceConnectionId: Uint8Array,
  versions: readonly number[],
  randomByte: number,
): number {
  const writer = new Writer(out)
  // The fixed bit is set so that it can be told from other protocols on one port.
  writer.u8(0xc0 | (randomByte & 0x3f))
  writer.u32(0)
  writer.u8(destinationConnectionId.length)
  writer.put(destinationConnectionId)
  writer.u8(sourceConnectionId.length)
  writer.put(sourceConnectionId)
  for (const version of versions) writer.u32(version)
  return writer.position
}

/** The versions in a packet of type `versionNegotiation`; undefined when there are none or half ones. */
export function readVersionNegotiation(
  datagram: Uint8Array,
  header: PacketHeader,
): number[] | undefined {
  const length = header.end - header.packetNumberOffset
  if (length === 0 || length % 4 !== 0) return undefined
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
  const versions: number[] = []
  for (let at = header.packetNumberOffset; at < header.end; at += 4)
    versions.push(view.getUint32(at))
  return versions
}
