import type { CipherSuite, CryptoProvider, HeaderProtection } from '../../tls13/index.ts'
import { isLongHeader, type PacketHeader } from '../wire/index.ts'
import { expandPacketSecret } from './payload-protection.ts'

const SAMPLE_LENGTH = 16
/** The sample begins where the payload would if the packet number took four bytes (RFC 9001 §5.4.2). */
const SAMPLE_OFFSET = 4
const KEY_PHASE_BIT = 0x04

/** Header protection of one direction (RFC 9001 §5.4). Key updates do not change it. */
export class PacketHeaderProtection {
  private readonly protection: HeaderProtection

  constructor(crypto: CryptoProvider, suite: CipherSuite, secret: Uint8Array, version: number) {
    const key = expandPacketSecret(crypto, suite, secret, version, 'hp', suite.keyLength)
    this.protection = crypto.createHeaderProtection(suite.aead, key)
  }

  /** Masks the header of a sealed packet in place. */
  apply(
    buffer: Uint8Array,
    start: number,
    packetNumberOffset: number,
    packetNumberLength: number,
  ): void {
    const mask = this.maskAt(buffer, packetNumberOffset)
    buffer[start]! ^= mask[0]! & maskedBits(buffer[start]!)
    for (let i = 0; i < packetNumberLength; i++) buffer[packetNumberOffset + i]! ^= mask[1 + i]!
  }

  /**
   * Unmasks the header in place and fills in `firstByte`, `packetNumberLength`, `packetNumber` (as
   * truncated) and `keyPhase`. False when the packet is too short to be sampled.
   */
  remove(datagram: Uint8Array, header: PacketHeader): boolean {
    const { start, packetNumberOffset } = header
    if (packetNumberOffset + SAMPLE_OFFSET + SAMPLE_LENGTH > header.end) return false
    const mask = this.maskAt(datagram, packetNumberOffset)
    const firstByte = datagram[start]! ^ (mask[0]! & maskedBits(datagram[start]!))
    const packetNumberLength = (firstByte & 3) + 1
    let packetNumber = 0
    for (let i = 0; i < packetNumberLength; i++) {
      const byte = datagram[packetNumberOffset + i]! ^ mask[1 + i]!
      datagram[packetNumberOffset + i] = byte
      packetNumber = packetNumber * 256 + byte
    }
    datagram[start] = firstByte
    header.firstByte = firstByte
    header.packetNumberLength = packetNumberLength
    header.packetNumber = packetNumber
    header.keyPhase = !isLongHeader(firstByte) && (firstByte & KEY_PHASE_BIT) !== 0
    return true
  }

  private maskAt(bytes: Uint8Array, packetNumberOffset: number): Uint8Array {
    const at = packetNumberOffset + SAMPLE_OFFSET
    return this.protection.mask(bytes.subarray(at, at + SAMPLE_LENGTH))
  }
}

function maskedBits(firstByte: number): number {
  return isLongHeader(firstByte) ? 0x0f : 0x1f
}

/**
 * Whether a reserved bit is set (RFC 9000 §17.2, §17.3.1): a PROTOCOL_VIOLATION, but only in a packet
 * that `open` has found authentic.
 */
export function hasReservedBits(header: PacketHeader): boolean {
  return (header.firstByte & (isLongHeader(header.firstByte) ? 0x0c : 0x18)) !== 0
}
