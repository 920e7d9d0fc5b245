import {
  type Aead,
  type CipherSuite,
  type CryptoProvider,
  hkdfExpandLabel,
} from '../../tls13/index.ts'
import { type PacketHeader, versionInfo } from '../wire/index.ts'

const NO_CONTEXT = new Uint8Array(0)
const IV_LENGTH = 12

/** Of the packet at work: written anew for each, so that one serves all keys. */
const NONCE = new Uint8Array(IV_LENGTH)
const NONCE_VIEW = new DataView(NONCE.buffer)

/** Of all three AEADs, in bytes. */
export const TAG_LENGTH = 16

/** Expands one of the keys of RFC 9001 §5.1 or §6.1; `name` is `key`, `iv`, `hp` or `ku`. */
export function expandPacketSecret(
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
  version: number,
  name: 'key' | 'iv' | 'hp' | 'ku',
  length: number,
): Uint8Array {
  const label = versionInfo(version)!.labelPrefix + name
  return hkdfExpandLabel(crypto, suite.hash, secret, label, NO_CONTEXT, length)
}

/** The AEAD of packets in one direction (RFC 9001 §5.3), under one secret. */
export class PayloadProtection {
  private readonly aead: Aead
  /** The IV as three numbers: idle connections have two generations of two directions each. */
  private readonly ivStart: number
  private readonly ivHigh: number
  private readonly ivLow: number

  constructor(crypto: CryptoProvider, suite: CipherSuite, secret: Uint8Array, version: number) {
    const key = expandPacketSecret(crypto, suite, secret, version, 'key', suite.keyLength)
    this.aead = crypto.createAead(suite.aead, key)
    const iv = expandPacketSecret(crypto, suite, secret, version, 'iv', IV_LENGTH)
    const view = new DataView(iv.buffer, iv.byteOffset)
    this.ivStart = view.getInt32(0)
    this.ivHigh = view.getInt32(4)
    this.ivLow = view.getInt32(8)
  }

  /** Encrypts in place what lies between the header and `payloadEnd`; the tag goes behind it. */
  seal(
    buffer: Uint8Array,
    start: number,
    payloadStart: number,
    payloadEnd: number,
    packetNumber: number,
  ): void {
    this.setNonce(packetNumber)
    const header = buffer.subarray(start, payloadStart)
    const plaintext = buffer.subarray(payloadStart, payloadEnd)
    this.aead.seal(NONCE, header, plaintext, buffer.subarray(payloadStart, payloadEnd + TAG_LENGTH))
  }

  /** The payload of a packet whose header is unprotected; undefined when it is not authentic. */
  open(datagram: Uint8Array, header: PacketHeader): Uint8Array | undefined {
    this.setNonce(header.packetNumber)
    const payloadStart = header.packetNumberOffset + header.packetNumberLength
    return this.aead.open(
      NONCE,
      datagram.subarray(header.start, payloadStart),
      datagram.subarray(payloadStart, header.end),
    )
  }

  /** RFC 9001 §5.3: the IV, with the packet number XORed into its end. */
  private setNonce(packetNumber: number): void {
    NONCE_VIEW.setInt32(0, this.ivStart)
    NONCE_VIEW.setInt32(4, this.ivHigh ^ Math.floor(packetNumber / 2 ** 32))
    NONCE_VIEW.setInt32(8, this.ivLow ^ packetNumber)
  }
}
