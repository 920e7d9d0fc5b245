import { Reader, Writer } from '../../bytes/index.ts'
import type { CryptoProvider, RandomBytes } from '../../tls13/index.ts'
import type { SocketAddress } from '../datagram.ts'
import { RETRY_TOKEN_CLOCK_SKEW, RETRY_TOKEN_LIFETIME } from '../limits.ts'
import { MAX_CONNECTION_ID_LENGTH } from '../wire/index.ts'

/** The first byte of a token says what it is for (RFC 9000 §8.1.1). */
const RETRY_TYPE = 0x01

const SALT_LENGTH = 16
const KEY_LENGTH = 16
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
/** The time in two parts, and the connection id with its length, filled up: all tokens are of one length. */
const CONTENT_LENGTH = 8 + 1 + MAX_CONNECTION_ID_LENGTH
const CONTENT_START = 1 + SALT_LENGTH

/** Bytes of every Retry token. */
export const RETRY_TOKEN_LENGTH = CONTENT_START + CONTENT_LENGTH + TAG_LENGTH

const UTF8 = new TextEncoder()
const LABEL = UTF8.encode('tsquic retry token')
const IPV4_IN_IPV6 = '::ffff:'

/**
 * Tokens for Retry packets (RFC 9000 §8.1.2): sealed, and good for one address and port, for the
 * connection id that the Retry came from, and for `RETRY_TOKEN_LIFETIME`. Each has a key of its own,
 * so that endpoints can share a secret for as long as they like.
 */
export class RetryTokens {
  private readonly crypto: CryptoProvider
  private readonly randomBytes: RandomBytes
  private readonly secret: Uint8Array

  constructor(crypto: CryptoProvider, randomBytes: RandomBytes, secret: Uint8Array) {
    this.crypto = crypto
    this.randomBytes = randomBytes
    this.secret = secret
  }

  /**
   * @param source from which the Retry comes
   * @param original to which the client sent its first Initial
   * @param time in milliseconds
   */
  seal(remote: SocketAddress, source: Uint8Array, original: Uint8Array, time: number): Uint8Array {
    const token = new Uint8Array(RETRY_TOKEN_LENGTH)
    token[0] = RETRY_TYPE
    token.set(this.randomBytes(SALT_LENGTH), 1)
    const content = new Writer(token, CONTENT_START)
    content.u32(Math.floor(time / 2 ** 32))
    content.u32(Math.floor(time) >>> 0)
    content.u8(original.length)
    content.put(original)
    const { aead, nonce } = this.keyOf(token)
    const plaintext = token.subarray(CONTENT_START, CONTENT_START + CONTENT_LENGTH)
    aead.seal(nonce, boundTo(remote, source), plaintext, token.subarray(CONTENT_START))
    return token
  }

  /**
   * What the token of an Initial says: the connection id that the client's first Initial was sent to.
   * `none`: it is no Retry token of ours, but perhaps one that another server gave for later. `invalid`:
   * it looks like ours, and is expired, sealed with another secret or meant for another place.
   *
   * @param destination to which the Initial was sent
   */
  open(
    token: Uint8Array,
    remote: SocketAddress,
    destination: Uint8Array,
    time: number,
  ): Uint8Array | 'none' | 'invalid' {
    if (token.length !== RETRY_TOKEN_LENGTH || token[0] !== RETRY_TYPE) return 'none'
    const { aead, nonce } = this.keyOf(token)
    const plaintext = aead.open(nonce, boundTo(remote, destination), token.subarray(CONTENT_START))
    if (plaintext === undefined) return 'invalid'
    const content = new Reader(plaintext)
    const issued = content.u32() * 2 ** 32 + content.u32()
    if (time > issued + RETRY_TOKEN_LIFETIME || time < issued - RETRY_TOKEN_CLOCK_SKEW) {
      return 'invalid'
    }
    return content.vector8()
  }

  private keyOf(token: Uint8Array) {
    const salt = token.subarray(1, CONTENT_START)
    const input = new Uint8Array(LABEL.length + SALT_LENGTH)
    input.set(LABEL)
    input.set(salt, LABEL.length)
    const material = this.crypto.hmac('sha256', this.secret, input)
    return {
      aead: this.crypto.createAead('aes-128-gcm', material.subarray(0, KEY_LENGTH)),
      nonce: material.subarray(KEY_LENGTH, KEY_LENGTH + NONCE_LENGTH),
    }
  }
}

/** What a token is good for, as associated data: a token knows it without telling it. */
function boundTo(remote: SocketAddress, source: Uint8Array): Uint8Array {
  const { address, port } = remote
  // A socket for both families sees IPv4 like this: the same client, whichever endpoint it comes to.
  const isMapped = address.startsWith(IPV4_IN_IPV6)
  const name = UTF8.encode(isMapped ? address.slice(IPV4_IN_IPV6.length) : address)
  const data = new Writer(new Uint8Array(4 + source.length + name.length))
  data.u8(RETRY_TYPE)
  data.u8(source.length)
  data.put(source)
  data.u16(port)
  data.put(name)
  return data.bytes
}
