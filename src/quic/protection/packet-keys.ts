import type { CipherSuite, CryptoProvider } from '../../tls13/index.ts'
import type { PacketHeader } from '../wire/index.ts'
import { PacketHeaderProtection } from './packet-header-protection.ts'
import { PayloadProtection, TAG_LENGTH } from './payload-protection.ts'

/** The keys of one direction at one level (RFC 9001 §5.1): of Initial, 0-RTT and Handshake packets. */
export class PacketKeys {
  private readonly payload: PayloadProtection
  private readonly header: PacketHeaderProtection

  constructor(crypto: CryptoProvider, suite: CipherSuite, secret: Uint8Array, version: number) {
    this.payload = new PayloadProtection(crypto, suite, secret, version)
    this.header = new PacketHeaderProtection(crypto, suite, secret, version)
  }

  /**
   * Protects the packet at `start` in place and returns its end, 16 bytes of tag behind `payloadEnd`.
   * Packet number and payload together are at least 4 bytes, so that there is a sample.
   */
  seal(
    buffer: Uint8Array,
    start: number,
    packetNumberOffset: number,
    packetNumberLength: number,
    payloadEnd: number,
    packetNumber: number,
  ): number {
    const payloadStart = packetNumberOffset + packetNumberLength
    this.payload.seal(buffer, start, payloadStart, payloadEnd, packetNumber)
    this.header.apply(buffer, start, packetNumberOffset, packetNumberLength)
    return payloadEnd + TAG_LENGTH
  }

  /**
   * Unmasks the header in place and fills in what it hid; `packetNumber` is the truncated one. False
   * when the packet is too short. Once for a packet.
   */
  unprotectHeader(datagram: Uint8Array, header: PacketHeader): boolean {
    return this.header.remove(datagram, header)
  }

  /** The payload, in memory of its own; undefined when the packet is not authentic. `packetNumber` is full. */
  open(datagram: Uint8Array, header: PacketHeader): Uint8Array | undefined {
    return this.payload.open(datagram, header)
  }
}
