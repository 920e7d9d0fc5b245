import { type LookupAddress, lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { SocketAddress } from '../quic/index.ts'
import { QuicError } from './errors.ts'

/** How long an attempt is alone before the next address is tried beside it (RFC 8305 §5). */
const NEXT_ATTEMPT_DELAY = 250

/** Attempts on different addresses of one name. */
const MAX_ATTEMPTS = 4

/** One try to reach one address. */
export interface Attempt {
  /** Ends the attempt without a word to anybody. */
  abandon(): void
}

export interface AttemptListener<A extends Attempt> {
  /** Begins an attempt that ends in a call of {@link Dialer.succeeded} or {@link Dialer.failed}. */
  attempt(remote: SocketAddress): Promise<A>
  dialed(winner: A): void
  /** All addresses failed. */
  undialable(error: Error): void
}

/** Tries the addresses of a host one after the other, each a little later, until one answers. */
export class Dialer<A extends Attempt> {
  private readonly listener: AttemptListener<A>
  private readonly port: number
  private addresses: string[] = []
  private readonly running = new Set<A>()
  private starting = 0
  private firstError: Error | undefined
  private timer: NodeJS.Timeout | undefined
  private done = false

  constructor(listener: AttemptListener<A>, port: number) {
    this.listener = listener
    this.port = port
  }

  async dial(host: string): Promise<void> {
    try {
      this.addresses = await resolveHost(host)
      this.next()
    } catch (error) {
      if (!this.done) this.giveUp(error as Error)
    }
  }

  succeeded(attempt: A): void {
    if (this.done) {
      attempt.abandon()
      return
    }
    this.running.delete(attempt)
    this.stop()
    this.listener.dialed(attempt)
  }

  failed(attempt: A, error: Error): void {
    this.running.delete(attempt)
    this.note(error)
  }

  /** Gives up all attempts. */
  stop(): void {
    this.done = true
    clearTimeout(this.timer)
    for (const attempt of this.running) attempt.abandon()
    this.running.clear()
  }

  private next(): void {
    if (this.done) return
    clearTimeout(this.timer)
    const address = this.addresses.shift()
    if (address === undefined) {
      if (this.running.size + this.starting === 0) {
        this.giveUp(this.firstError ?? new QuicError('ERR_QUIC_NO_ADDRESS', 'No address to try'))
      }
      return
    }
    if (this.addresses.length > 0) this.timer = setTimeout(() => this.next(), NEXT_ATTEMPT_DELAY)
    this.starting++
    this.listener.attempt({ address, port: this.port }).then(
      (attempt) => {
        this.starting--
        if (this.done) attempt.abandon()
        else this.running.add(attempt)
      },
      (error) => {
        this.starting--
        this.note(error)
      },
    )
  }

  private note(error: Error): void {
    if (this.done) return
    // A certificate or a refusal tells more than a silence.
    const known = this.firstError as { code?: string } | undefined
    if (known === undefined || known.code === 'ERR_QUIC_HANDSHAKE_TIMEOUT') this.firstError = error
    this.next()
  }

  private giveUp(error: Error): void {
    this.stop()
    this.listener.undialable(error)
  }
}

/** The addresses of a host in the order of the resolver, the families taking turns. */
async function resolveHost(host: string): Promise<string[]> {
  const literal = host.startsWith('[') ? host.slice(1, -1) : host
  if (isIP(literal) !== 0) return [literal]
  const found = await new Promise<LookupAddress[]>((resolve, reject) => {
    lookup(literal, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses)
      else reject(error)
    })
  })
  return interleave(found).slice(0, MAX_ATTEMPTS)
}

/** @internal RFC 8305 §4. */
export function interleave(addresses: readonly LookupAddress[]): string[] {
  const first = addresses[0]?.family
  const same = addresses.filter((a) => a.family === first)
  const other = addresses.filter((a) => a.family !== first)
  const mixed: string[] = []
  for (let i = 0; i < Math.max(same.length, other.length); i++) {
    const a = same[i]
    const b = other[i]
    if (a !== undefined) mixed.push(a.address)
    if (b !== undefined) mixed.push(b.address)
  }
  return mixed
}
