import { TokenBucket } from '../../bytes/index.ts'
import type { Env } from '../config.ts'
import { CONNECTION_ID_LENGTH } from '../connection-id.ts'
import type { DatagramMeta } from '../datagram.ts'
import {
  HANDSHAKES_PER_SECOND,
  MAX_PENDING_HANDSHAKES,
  RETRY_BURST,
  RETRY_RATE_PER_SECOND,
  RETRY_THRESHOLD,
} from '../limits.ts'
import type { PacketHeader } from '../wire/index.ts'
import type { EndpointStats } from './endpoint.ts'
import { HandshakeQueue, type WaitingClient } from './handshake-queue.ts'
import { INVALID_TOKEN } from './initial-refusal.ts'
import { RetryTokens } from './retry-token.ts'
import type { StatelessPackets } from './stateless-packets.ts'

/** When new clients have to show by a Retry that they are where they say (RFC 9000 §8.1.2). */
export type RetryPolicy = 'auto' | 'always' | 'never'

/** What lets several endpoints take each other's tokens. */
export interface SharedTokens {
  /** At least 32 unpredictable bytes. */
  readonly secret: Uint8Array
  /** Milliseconds of Unix time: the clocks of different machines have nothing else in common. */
  readonly unixTime: () => number
}

export interface AdmissionOptions {
  readonly env: Env
  /** Connections in their handshake at once; further clients are not answered. Default 1024. */
  readonly maxPendingHandshakes?: number
  /** Handshakes begun a second, a quarter of it at once; further clients wait. Default 1000. */
  readonly handshakesPerSecond?: number
  /** Default `auto`: once a quarter of the handshakes that may be pending are. */
  readonly retry?: RetryPolicy
  /** By default a secret of the endpoint's own. */
  readonly sharedTokens?: SharedTokens
}

const SECRET_LENGTH = 32

/** Decides what becomes of a client's first Initial: a handshake now or later, a Retry, or nothing. */
export class Admission {
  readonly queue: HandshakeQueue
  private readonly maxPendingHandshakes: number
  /** Handshakes from which on a Retry comes first. */
  private readonly retryFrom: number
  private readonly env: Env
  private readonly tokens: RetryTokens
  private readonly unixTime: (() => number) | undefined
  private readonly retryBucket = new TokenBucket(RETRY_BURST, RETRY_RATE_PER_SECOND, 0)
  private readonly stateless: StatelessPackets
  private readonly stats: EndpointStats

  constructor(
    options: AdmissionOptions,
    stateless: StatelessPackets,
    stats: EndpointStats,
    begin: (client: WaitingClient, now: number) => void,
  ) {
    const { env, retry = 'auto', sharedTokens } = options
    const { crypto, randomBytes } = env
    const handshakesPerSecond = options.handshakesPerSecond ?? HANDSHAKES_PER_SECOND
    this.env = env
    this.queue = new HandshakeQueue(handshakesPerSecond, begin)
    this.maxPendingHandshakes = options.maxPendingHandshakes ?? MAX_PENDING_HANDSHAKES
    this.retryFrom = retryThreshold(retry, this.maxPendingHandshakes)
    const secret = sharedTokens?.secret ?? randomBytes(SECRET_LENGTH)
    this.tokens = new RetryTokens(crypto, randomBytes, secret.slice())
    this.unixTime = sharedTokens?.unixTime
    this.stateless = stateless
    this.stats = stats
  }

  /**
   * Takes an Initial that belongs to no connection.
   * @param pending handshakes under way, without those that wait
   */
  receive(
    header: PacketHeader,
    datagram: Uint8Array,
    meta: DatagramMeta,
    pending: number,
    now: number,
  ): void {
    const { queue, stats } = this
    const destination = header.destinationConnectionId
    if (queue.join(destination, datagram, meta)) return
    const handshakes = pending + queue.length
    if (handshakes >= this.maxPendingHandshakes) {
      stats.refused++
      return
    }
    const original = this.tokens.open(header.token, meta.remote, destination, this.time(now))
    if (original === 'invalid') {
      stats.tokensRefused++
      this.stateless.refuse(datagram, header, INVALID_TOKEN, meta.remote, meta.local, now)
      return
    }
    const isValidated = original !== 'none'
    if (!isValidated && handshakes >= this.retryFrom) return this.retry(header, meta, now)
    if (queue.isFull) {
      stats.refused++
      return
    }
    const id = destination.slice()
    const client = {
      destination: id,
      originalDestination: isValidated ? original : id,
      retrySource: isValidated ? id : undefined,
      source: header.sourceConnectionId.slice(),
      datagrams: [datagram],
      metas: [meta],
    }
    if (!queue.add(client, now)) stats.handshakesDeferred++
  }

  private retry(header: PacketHeader, meta: DatagramMeta, now: number): void {
    const { stats } = this
    if (!this.retryBucket.take(1, now)) {
      stats.refused++
      return
    }
    stats.retriesSent++
    const { remote, local } = meta
    const source = this.env.randomBytes(CONNECTION_ID_LENGTH).slice()
    const original = header.destinationConnectionId
    const token = this.tokens.seal(remote, source, original, this.time(now))
    this.stateless.retry(header, source, token, remote, local)
  }

  private time(now: number): number {
    return this.unixTime === undefined ? now : this.unixTime()
  }
}

function retryThreshold(policy: RetryPolicy, maxPendingHandshakes: number): number {
  if (policy === 'always') return 0
  if (policy === 'never') return Number.POSITIVE_INFINITY
  return Math.ceil(maxPendingHandshakes * RETRY_THRESHOLD)
}
