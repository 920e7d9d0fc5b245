import { TokenBucket } from '../../bytes/index.ts'
import type { NewClient } from '../connection/create-connection.ts'
import { idKey } from '../connection-id.ts'
import type { DatagramMeta } from '../datagram.ts'
import {
  MAX_DATAGRAMS_PER_WAITING_CLIENT,
  MAX_HANDSHAKES_PER_TURN,
  MAX_WAITING_CLIENTS,
} from '../limits.ts'

/** A client whose handshake is to be begun, with the datagrams that it has sent so far. */
export interface WaitingClient extends NewClient {
  /** To which it sent its Initial, and sends what comes next. */
  readonly destination: Uint8Array
  readonly datagrams: Uint8Array[]
  readonly metas: DatagramMeta[]
}

/**
 * Begins handshakes at a bounded pace, so that other connections have their turn in between: few at
 * once, and so many a second. Who has to wait is served in the order of arrival.
 */
export class HandshakeQueue {
  /** By the id that their datagrams come to. A `Map` keeps the order. */
  private readonly waiting = new Map<string, WaitingClient>()
  private readonly bucket: TokenBucket
  private readonly begin: (client: WaitingClient, now: number) => void
  /** The time that the driver gives to all of one turn. */
  private turn = Number.NEGATIVE_INFINITY
  private begunInTurn = 0
  /** When the next one may begin. */
  private resumeAt = 0

  constructor(handshakesPerSecond: number, begin: (client: WaitingClient, now: number) => void) {
    this.bucket = new TokenBucket(Math.max(1, handshakesPerSecond / 4), handshakesPerSecond, 0)
    this.begin = begin
  }

  get length(): number {
    return this.waiting.size
  }

  get isFull(): boolean {
    return this.waiting.size >= MAX_WAITING_CLIENTS
  }

  /** Keeps a datagram of a client that waits already; false when none waits under this id. */
  join(destination: Uint8Array, datagram: Uint8Array, meta: DatagramMeta): boolean {
    const client = this.waiting.get(idKey(destination))
    if (client === undefined) return false
    if (client.datagrams.length < MAX_DATAGRAMS_PER_WAITING_CLIENT) {
      client.datagrams.push(datagram)
      client.metas.push(meta)
    }
    return true
  }

  /** Begins at once if it may, which is false when the client has to wait. There is room, says `isFull`. */
  add(client: WaitingClient, now: number): boolean {
    if (now !== this.turn) {
      this.turn = now
      this.begunInTurn = 0
    }
    const { destination } = client
    if (
      this.waiting.size === 0 &&
      this.begunInTurn < MAX_HANDSHAKES_PER_TURN &&
      this.bucket.take(1, now)
    ) {
      this.begunInTurn++
      this.begin(client, now)
      return true
    }
    if (this.waiting.size === 0) this.resumeAt = now
    this.waiting.set(idKey(destination), client)
    return false
  }

  /** Begins those whose turn it is. */
  onTimeout(now: number): void {
    if (now < this.resumeAt) return
    this.resumeAt = now
    let count = 0
    for (const [key, client] of this.waiting) {
      if (count === MAX_HANDSHAKES_PER_TURN) return
      if (!this.bucket.take(1, now)) {
        // Later in any case: two roundings of one time must not keep a driver spinning.
        this.resumeAt = Math.max(now + 1, this.bucket.availableAt(1))
        return
      }
      count++
      this.waiting.delete(key)
      this.begin(client, now)
    }
  }

  nextTimeout(): number | undefined {
    return this.waiting.size === 0 ? undefined : this.resumeAt
  }

  clear(): void {
    this.waiting.clear()
  }
}
