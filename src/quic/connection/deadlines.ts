import { Space } from '../recovery/loss-recovery.ts'
import type { PacketBuilder } from './packet-builder.ts'
import type { ConnectionState } from './state.ts'

const SPACES = [Space.initial, Space.handshake, Space.application] as const

/** When a connection wants to be called, and for what. Milliseconds of the caller's clock. */
export class Deadlines {
  /** Until when pacing holds data back; set by what transmits. */
  pacedUntil: number | undefined = undefined
  /** Whether PINGs keep the connection from being idle, though no interval is configured. */
  keptAlive = false
  /** The lower of both sides' max_idle_timeout (RFC 9000 §10.1); 0 for none. */
  private idleTimeout: number
  private readonly handshakeDeadline: number
  private readonly state: ConnectionState
  private readonly builder: PacketBuilder

  constructor(state: ConnectionState, builder: PacketBuilder, now: number) {
    this.state = state
    this.builder = builder
    this.idleTimeout = state.config.maxIdleTimeout
    this.handshakeDeadline = now + state.config.handshakeTimeout
  }

  onPeerIdleTimeout(theirs: number): void {
    const ours = this.state.config.maxIdleTimeout
    this.idleTimeout = ours === 0 || theirs === 0 ? Math.max(ours, theirs) : Math.min(ours, theirs)
  }

  /** The earliest of all. @param now of the last call: what was never sent is counted from it */
  next(now: number): number | undefined {
    const { closing, handshake, path, paths, received, recovery, undecryptable } = this.state
    if (closing.state === 'closed') return undefined
    if (closing.state !== 'open') return closing.deadline
    let earliest = Math.min(this.idle, this.keepAlive)
    if (!handshake.complete) earliest = Math.min(earliest, this.handshakeDeadline)
    earliest = Math.min(
      earliest,
      recovery.nextTimeout(now, path.budget < 1) ?? Number.POSITIVE_INFINITY,
      this.pacedUntil ?? Number.POSITIVE_INFINITY,
      handshake.oneRttKeys?.nextTimeout() ?? Number.POSITIVE_INFINITY,
      paths.nextTimeout() ?? Number.POSITIVE_INFINITY,
      undecryptable.nextTimeout ?? Number.POSITIVE_INFINITY,
    )
    for (const space of SPACES) {
      const { ackDeadline } = received[space]
      if (ackDeadline !== undefined && this.builder.canAcknowledge(space)) {
        earliest = Math.min(earliest, ackDeadline)
      }
    }
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest
  }

  private get idle(): number {
    if (this.idleTimeout === 0) return Number.POSITIVE_INFINITY
    // RFC 9000 §10.1: at least three PTOs, so that a lost packet alone does not end it.
    return this.state.lastActivity + Math.max(this.idleTimeout, 3 * this.state.probeTimeout)
  }

  private get keepAlive(): number {
    const { config, handshake, lastActivity, recovery } = this.state
    const interval = config.keepAliveInterval || (this.keptAlive ? this.idleTimeout / 2 : 0)
    if (interval === 0 || !handshake.complete) return Number.POSITIVE_INFINITY
    // What waits for its acknowledgment is a sign of life already, or soon a probe.
    if (recovery.sent(Space.application).ackElicitingOutstanding > 0)
      return Number.POSITIVE_INFINITY
    return lastActivity + interval
  }

  isIdle(now: number): boolean {
    return this.idle <= now
  }

  isHandshakeLate(now: number): boolean {
    return !this.state.handshake.complete && this.handshakeDeadline <= now
  }

  isKeepAliveDue(now: number): boolean {
    return this.keepAlive <= now
  }
}
