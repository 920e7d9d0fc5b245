import { Deque, TokenBucket } from '../../bytes/index.ts'
import type { CryptoProvider, RandomBytes } from '../../tls13/index.ts'
import type { Env } from '../config.ts'
import type { DatagramBatch, SocketAddress } from '../datagram.ts'
import { STATELESS_BURST, STATELESS_RATE_PER_SECOND } from '../limits.ts'
import {
  type PacketHeader,
  STATELESS_RESET_TOKEN_LENGTH,
  VERSION_1,
  writeRetry,
  writeVersionNegotiation,
} from '../wire/index.ts'
import { type Refusal, refuseInitial } from './initial-refusal.ts'

/** RFC 9000 §10.3: shorter ones could not be told from a short packet. */
const MIN_RESET = 21
const MAX_RESET = 42

/** Room for a Version Negotiation packet with two connection ids of 255 bytes. */
const MAX_STATELESS_PACKET = 1 + 4 + 2 * 256 + 8

interface Answer {
  readonly bytes: Uint8Array
  readonly remote: SocketAddress
  readonly local: SocketAddress
}

/** Answers to datagrams that belong to no connection: bounded in rate, so that we are no reflector. */
export class StatelessPackets {
  private readonly queue = new Deque<Answer>()
  private readonly bucket: TokenBucket
  private readonly crypto: CryptoProvider
  private readonly randomBytes: RandomBytes

  constructor({ crypto, randomBytes }: Env) {
    this.crypto = crypto
    this.randomBytes = randomBytes
    this.bucket = new TokenBucket(STATELESS_BURST, STATELESS_RATE_PER_SECOND, 0)
  }

  /** RFC 9000 §6.1: with connection ids as long as the client's version allows (RFC 8999 §5.1). */
  negotiateVersion(
    header: PacketHeader,
    remote: SocketAddress,
    local: SocketAddress,
    now: number,
  ): void {
    if (!this.bucket.take(1, now)) return
    const out = new Uint8Array(MAX_STATELESS_PACKET)
    const { sourceConnectionId, destinationConnectionId } = header
    const random = this.randomBytes(5)
    const length = writeVersionNegotiation(
      out,
      sourceConnectionId,
      destinationConnectionId,
      [greaseVersion(random), VERSION_1],
      random[4]!,
    )
    this.queue.push({ bytes: out.subarray(0, length), remote, local })
  }

  /**
   * RFC 9000 §10.3: shorter than what provoked it, so that two endpoints can't reset each other for ever.
   * @param triggerLength bytes of the datagram that is answered
   */
  reset(
    token: Uint8Array,
    triggerLength: number,
    remote: SocketAddress,
    local: SocketAddress,
    now: number,
  ): void {
    const length = Math.min(triggerLength - 1, MAX_RESET)
    if (length < MIN_RESET || !this.bucket.take(1, now)) return
    const bytes = this.randomBytes(length).slice()
    bytes[0] = 0x40 | (bytes[0]! & 0x3f)
    bytes.set(token, length - STATELESS_RESET_TOKEN_LENGTH)
    this.queue.push({ bytes, remote, local })
  }

  /**
   * RFC 9000 §17.2.5: asks the client of an Initial to repeat it with a token, from where it says it is.
   * Its rate is the caller's to bound: what it costs begins with the token.
   * @param source to which the client sends from now on
   */
  retry(
    header: PacketHeader,
    source: Uint8Array,
    token: Uint8Array,
    remote: SocketAddress,
    local: SocketAddress,
  ): void {
    const { crypto } = this
    const { version, sourceConnectionId, destinationConnectionId } = header
    const out = new Uint8Array(MAX_STATELESS_PACKET)
    const length = writeRetry(
      crypto,
      out,
      version,
      sourceConnectionId,
      source,
      token,
      destinationConnectionId,
      this.randomBytes(1)[0]!,
    )
    this.queue.push({ bytes: out.subarray(0, length), remote, local })
  }

  /** CONNECTION_CLOSE for a client that gets no connection. */
  refuse(
    datagram: Uint8Array,
    header: PacketHeader,
    refusal: Refusal,
    remote: SocketAddress,
    local: SocketAddress,
    now: number,
  ): void {
    if (!this.bucket.take(1, now)) return
    const bytes = refuseInitial(this.crypto, datagram, header, refusal)
    if (bytes !== undefined) this.queue.push({ bytes, remote, local })
  }

  get isEmpty(): boolean {
    return this.queue.length === 0
  }

  /** True when the batch is full and there is more. */
  transmit(out: DatagramBatch): boolean {
    for (let answer = this.queue.peek(); answer !== undefined; answer = this.queue.peek()) {
      const buffer = out.next()
      if (buffer === undefined) return true
      this.queue.shift()
      buffer.set(answer.bytes)
      out.commit(answer.bytes.length, answer.remote, answer.local)
    }
    return false
  }
}

/** RFC 9000 §15: 0x?a?a?a?a is reserved, so that clients learn to pass over versions they don't know. */
function greaseVersion(random: Uint8Array): number {
  const view = new DataView(random.buffer, random.byteOffset, 4)
  return ((view.getUint32(0) & 0xf0f0f0f0) | 0x0a0a0a0a) >>> 0
}
