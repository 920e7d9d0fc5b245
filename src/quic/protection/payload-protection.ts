import {
  type Aead,
  type CipherSuite,
  type CryptoProvider,
  hkdfExpandLabel,
} from '../../tls13/index.ts'
import { type PacketHeader, versionInfo } from '../wire/index.ts'

const NO_CONTEXT = new Uint8Array(0)
const IV_LENGTH = 12

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
  private readonly iv: Uint8Array
  /** Used again for every packet. */
  private readonly nonce: Uint8Array

  constructor(crypto: CryptoProvider, suite: CipherSuite, secret: Uint8Array, version: number) {
    const key = expandPacketSecret(crypto, suite, secret, version, 'key', suite.keyLength)
    this.aead = crypto.createAead(suite.aead, key)
    this.iv = expandPacketSecret(crypto, suite, secret, version, 'iv', IV_LENGTH)
    this.nonce = this.iv.slice()
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
    this.aead.seal(
      this.nonce,
      header,
      plaintext,
      buffer.subarray(payloadStart, payloadEnd + TAG_LENGTH),
    )
  }

  /** The payload of a packet whose header is unprotected; undefined when it is not authentic. */
  open(datagram: Uint8Array, header: PacketHeader): Uint8Array | undefined {
    this.setNonce(header.packetNumber)
    const payloadStart = header.packetNumberOffset + header.packetNumberLength
    return this.aead.open(
      this.nonce,
      datagram.subarray(header.start, payloadStart),
      datagram.subarray(payloadStart, header.end),
    )
  }

  /** RFC 9001 §5.3: the IV, with the packet number XORed into its end. */
  private setNonce(packetNumber: number): void {
    const { iv, nonce } = this
    const high = Math.floor(packetNumber / 2 ** 32)
    nonce[4] = iv[4]! ^ (high >>> 24)
    nonce[5] = iv[5]! ^ (high >>> 16)
    nonce[6] = iv[6]! ^ (high >>> 8)
    nonce[7] = iv[7]! ^ high
    nonce[8] = iv[8]! ^ (packetNumber >>> 24)
    nonce[9] = iv[9]! ^ (packetNumber >>> 16)
    nonce[10] = iv[10]! ^ (packetNumber >>> 8)
    nonce[11] = iv[11]! ^ packetNumber
  }
}
