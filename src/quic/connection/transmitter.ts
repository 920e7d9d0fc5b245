import type { DatagramBatch } from '../datagram.ts'
import { TransportErrorCode } from '../errors.ts'
import { MAX_REASON_LENGTH } from '../limits.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { Deadlines } from './deadlines.ts'
import type { PacketBuilder } from './packet-builder.ts'
import type { Path } from './path.ts'
import type { ConnectionState } from './state.ts'

const UTF8 = new TextEncoder()
/** Room for a header, a frame of path validation each way and a tag. */
const MIN_PROBE = 64

const NO_REASON = new Uint8Array(0)

/** Fills a batch with what the connection has to send, as far as window, pacing and path allow. */
export class Transmitter {
  /** For CONNECTION_CLOSE: the frame that is to blame, 0 for none. */
  closeFrameType = 0
  private readonly state: ConnectionState
  private readonly builder: PacketBuilder
  private readonly deadlines: Deadlines

  constructor(state: ConnectionState, builder: PacketBuilder, deadlines: Deadlines) {
    this.state = state
    this.builder = builder
    this.deadlines = deadlines
  }

  /** At most `limit` datagrams; true when there may be more to send now. */
  transmit(now: number, out: DatagramBatch, limit: number): boolean {
    const { state, deadlines } = this
    const { recovery } = state
    deadlines.pacedUntil = undefined
    if (!this.transmitProbes(now, out)) return true
    state.followPathMtu(now)
    const reserved = recovery.pathMtu === undefined ? 0 : this.transmitMtuProbe(now, out)
    for (let count = 0; count < limit; count++) {
      const buffer = out.next()
      if (buffer === undefined) return true
      let dataAllowed = recovery.windowAllows(state.maxDatagramSize + reserved)
      if (dataAllowed) {
        const paceTime = recovery.paceTime(now)
        if (paceTime > now) {
          dataAllowed = false
          deadlines.pacedUntil = paceTime
        }
      }
      const length = this.builder.build(buffer, now, dataAllowed)
      if (length === 0) {
        if (!this.builder.hasAnyData) deadlines.pacedUntil = undefined
        return false
      }
      this.commit(out, length, state.path)
    }
    return true
  }

  /** Path validation; false when the batch had no room for all of it. */
  private transmitProbes(now: number, out: DatagramBatch): boolean {
    const { handshake, paths } = this.state
    if (handshake.oneRttKeys === undefined) return true
    for (;;) {
      const path = paths.nextToProbe(MIN_PROBE)
      if (path === undefined) return true
      const buffer = out.next()
      if (buffer === undefined) return false
      this.commit(out, this.builder.buildProbe(buffer, path, now), path)
    }
  }

  /**
   * A probe of the path MTU, when one is due (RFC 9000 §14.4): of a path that is validated, within
   * window and pacing, and only while data is on its way.
   * @returns bytes of the window that data has to leave free for it
   */
  private transmitMtuProbe(now: number, out: DatagramBatch): number {
    const { path, probes, recovery } = this.state
    const mtu = recovery.pathMtu!
    const size = mtu.dueProbe(now)
    // Twice: data goes on while one waits, and once it is found the window holds two of that size.
    if (size === 0 || 2 * size > recovery.congestion.congestionWindow) return 0
    if (!path.validated || probes[Space.application] > 0) return 0
    if (recovery.bytesInFlight === 0 && !this.builder.hasAnyData) return 0
    if (!recovery.windowAllows(size)) return size
    // Data waits for the pacer too, and comes after the probe.
    if (recovery.paceTime(now) > now) return 0
    const buffer = out.next()
    if (buffer === undefined || buffer.length < size) return 0
    this.commit(out, this.builder.buildMtuProbe(buffer, size, now), path)
    mtu.onProbeSent()
    return 0
  }

  /** CONNECTION_CLOSE, when it is due (RFC 9000 §10.2); true when the batch had no room for it. */
  transmitClose(now: number, out: DatagramBatch): boolean {
    const { closing } = this.state
    if (closing.state === 'closed') return false
    closing.startPeriod(now, 3 * this.state.probeTimeout)
    if (!closing.sendPending) return false
    const buffer = out.next()
    if (buffer === undefined) return true
    closing.sendPending = false
    const { kind, errorCode, reason } = closing.info!
    const length = this.builder.buildClose(
      buffer,
      {
        application: kind === 'application',
        errorCode,
        frameType: this.closeFrameType,
        reason: UTF8.encode(reason).subarray(0, MAX_REASON_LENGTH),
      },
      { errorCode: TransportErrorCode.applicationError, reason: NO_REASON },
    )
    if (length > 0) this.commit(out, length, this.state.path)
    return false
  }

  private commit(out: DatagramBatch, length: number, path: Path): void {
    const { stats } = this.state
    path.bytesSent += length
    stats.bytesSent += length
    out.commit(length, path.remote, path.local)
  }
}
