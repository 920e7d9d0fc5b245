import type { CryptoProvider } from '../tls13/index.ts'
import { type ClientOptions, ClientSession } from './client-session.ts'
import { argumentError } from './errors.ts'
import { checkAtLeast, checkOptions, cryptoOf, udpOf } from './option-checks.ts'

/** A timer of Node that is to wait longer fires at once. */
const MAX_TIMER_DELAY = 2 ** 31 - 1

export interface AgentOptions extends Omit<ClientOptions, 'signal'> {
  /** Milliseconds that a connection stays open without requests. Default 4000. */
  readonly keepAliveTimeout?: number
}

/** What one request may want differently from its agent. */
export type SessionChoice = Pick<
  AgentOptions,
  'ca' | 'rejectUnauthorized' | 'servername' | 'crypto'
>

/** Connections by origin, shared by the requests to it; they do not keep the process alive when idle. */
export class Agent implements AsyncDisposable {
  private readonly options: AgentOptions
  private readonly sessions = new Map<string, ClientSession>()
  private readonly providerNumbers = new WeakMap<CryptoProvider, number>()
  private lastProvider = 0
  private closed = false

  constructor(options: AgentOptions = {}) {
    checkOptions(options, 'an agent')
    checkAtLeast('keepAliveTimeout', options.keepAliveTimeout, 0)
    udpOf(options.udp)
    this.options = options
  }

  /** The connection to a URL's origin: the one that is open, or a new one. */
  session(url: URL, choice: SessionChoice = {}): ClientSession {
    if (this.closed) throw argumentError('ERR_INVALID_STATE', 'The agent is closed')
    const key = this.keyOf(url, choice)
    const known = this.sessions.get(key)
    if (known?.usable) {
      known.ref()
      return known
    }
    const session = new ClientSession(new URL(url.origin), { ...this.options, ...choice })
    this.sessions.set(key, session)
    this.watch(key, session)
    return session
  }

  /** Waits for requests in progress and closes all connections. */
  async close(): Promise<void> {
    this.closed = true
    await Promise.all([...this.sessions.values()].map((session) => session.close()))
  }

  /** Closes all connections now; requests in progress fail. */
  destroy(error?: Error): void {
    this.closed = true
    for (const session of this.sessions.values()) session.destroy(error)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private keyOf(url: URL, choice: SessionChoice): string {
    const { ca, rejectUnauthorized, servername, crypto } = choice
    if (
      ca === undefined &&
      rejectUnauthorized === undefined &&
      servername === undefined &&
      crypto === undefined
    ) {
      return url.origin
    }
    const authorities = ca === undefined ? '' : String(ca)
    const provider = crypto === undefined ? 0 : this.numberOf(cryptoOf(crypto))
    return `${url.origin} ${rejectUnauthorized !== false} ${servername ?? ''} ${provider} ${authorities}`
  }

  /** From 1 up: two providers may have one name. */
  private numberOf(crypto: CryptoProvider): number {
    let number = this.providerNumbers.get(crypto)
    if (number === undefined) {
      number = ++this.lastProvider
      this.providerNumbers.set(crypto, number)
    }
    return number
  }

  private watch(key: string, session: ClientSession): void {
    const { keepAliveTimeout = 4000 } = this.options
    let timer: NodeJS.Timeout | undefined
    session.on('idle', () => {
      session.unref()
      clearTimeout(timer)
      timer = setTimeout(
        () => {
          if (session.activeRequests === 0) void session.close()
        },
        Math.min(keepAliveTimeout, MAX_TIMER_DELAY),
      )
      timer.unref()
    })
    const forget = () => {
      clearTimeout(timer)
      if (this.sessions.get(key) === session) this.sessions.delete(key)
    }
    session.on('goaway', forget)
    session.on('close', forget)
    // The requests are told; a connection that fails without any is of no interest.
    session.on('error', forget)
  }
}

/** The agent of `fetch`, `request` and `get` where they are given none. */
export const globalAgent: Agent = new Agent()
