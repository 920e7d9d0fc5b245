import { equalBytes } from '../../bytes/index.ts'
import type { TlsInfo } from '../../tls13/index.ts'
import type { DatagramBatch, SocketAddress } from '../datagram.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_CRYPTO_BUFFER_POST_HANDSHAKE, MAX_REASON_LENGTH } from '../limits.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { CloseInfo, ConnectionEvent, StreamKind, StreamTransport } from '../transport.ts'
import {
  type PacketHeader,
  readRetry,
  readVersionNegotiation,
  type TransportParameters,
} from '../wire/index.ts'
import { checkConnectionIds } from './connection-id-check.ts'
import { FrameHandler, type FrameListener } from './frame-handler.ts'
import type { Handshake, HandshakeListener } from './handshake.ts'
import { PacketBuilder } from './packet-builder.ts'
import { PacketReceiver, type ReceiverListener } from './packet-receiver.ts'
import type { ConnectionState, ConnectionStats } from './state.ts'

const UTF8 = new TextEncoder()
const NO_REASON = new Uint8Array(0)

/** RFC 9002 §6.2.4: one or two probe packets; the second survives where the first is lost. */
const PROBE_PACKETS = 2

/** What a connection needs of the endpoint that it belongs to. */
export interface ConnectionOwner {
  /** It has something to send, or another deadline. */
  onWork(connection: Connection): void
  /** It has events to drain. */
  onEvents(connection: Connection): void
  onHandshakeConfirmed(connection: Connection): void
}

/** Connection ids of the handshake that are authenticated later (RFC 9000 §7.3). */
export interface HandshakeIds {
  /** To which the client sent its first Initial. */
  readonly originalDestination: Uint8Array
  /** From which a Retry came. */
  retrySource: Uint8Array | undefined
}

/** The endpoint's bookkeeping of one connection; the connection itself does not look at it. */
export class Scheduling {
  sendQueued = false
  eventsQueued = false
  /** The deadline that stands in the timer heap. */
  timerAt: number | undefined = undefined
}

/**
 * One QUIC connection, sans-IO: fed datagrams and time, asked for datagrams, deadlines and events.
 * Made by `Endpoint`. The work is done by the parts in `ConnectionState`; this class keeps its life.
 */
export class Connection
  implements StreamTransport, HandshakeListener, FrameListener, ReceiverListener
{
  readonly scheduling = new Scheduling()
  private readonly state: ConnectionState
  private readonly owner: ConnectionOwner
  private readonly expectedIds: HandshakeIds
  private readonly receiver: PacketReceiver
  private readonly builder: PacketBuilder
  /** The time of the last call that brought one. */
  private now: number
  private readonly handshakeDeadline: number
  private idleTimeout: number
  private pacedUntil: number | undefined = undefined
  /** For CONNECTION_CLOSE. */
  private closeFrameType = 0
  private hasRetried = false

  constructor(
    state: ConnectionState,
    owner: ConnectionOwner,
    expectedIds: HandshakeIds,
    now: number,
    createHandshake: (listener: HandshakeListener) => Handshake,
  ) {
    this.state = state
    this.owner = owner
    this.expectedIds = expectedIds
    this.now = now
    this.handshakeDeadline = now + state.config.handshakeTimeout
    this.idleTimeout = state.config.maxIdleTimeout
    const frames = new FrameHandler(state, this)
    this.receiver = new PacketReceiver(state, frames, this, state.localIds.first.length)
    this.builder = new PacketBuilder(state)
    state.handshake = createHandshake(this)
    state.handshake.deriveInitialKeys(expectedIds.originalDestination)
    state.handshake.start()
  }

  get role(): 'client' | 'server' {
    return this.state.isClient ? 'client' : 'server'
  }

  /** What TLS negotiated; undefined until the handshake is complete. */
  get tlsInfo(): TlsInfo | undefined {
    return this.state.handshake.info
  }

  get remote(): SocketAddress {
    return this.state.path.remote
  }

  get local(): SocketAddress {
    return this.state.path.local
  }

  /** Whether it is over: no more can be sent or received. */
  get closed(): boolean {
    return this.state.closing.state !== 'open'
  }

  /** Whether even the last period has passed and all is forgotten. */
  get isGone(): boolean {
    return this.state.closing.state === 'closed'
  }

  /** Whether any packet of the peer was authentic. */
  get hasHeardPeer(): boolean {
    return this.receiver.hasOpenedPacket
  }

  get handshakeConfirmed(): boolean {
    return this.state.handshake.confirmed
  }

  /** Counters since the beginning; RTTs in milliseconds, windows in bytes. */
  get stats(): Readonly<ConnectionStats> & {
    readonly packetsLost: number
    readonly smoothedRtt: number
    readonly minRtt: number
    readonly congestionWindow: number
    readonly bytesInFlight: number
  } {
    const { recovery, stats } = this.state
    return {
      ...stats,
      packetsLost: recovery.packetsLost,
      smoothedRtt: recovery.rtt.smoothed,
      minRtt: recovery.rtt.min,
      congestionWindow: recovery.congestion.congestionWindow,
      bytesInFlight: recovery.bytesInFlight,
    }
  }

  // Datagrams and time.

  /** Takes a datagram whose bytes are ours from now on. Never throws. */
  receive(datagram: Uint8Array, now: number): void {
    this.now = now
    const { state } = this
    state.path.bytesReceived += datagram.length
    state.stats.bytesReceived += datagram.length
    if (this.closed) {
      state.closing.onPacket()
    } else {
      try {
        this.receiver.receive(datagram, now)
      } catch (error) {
        this.fail(error)
      }
    }
    this.changed()
  }

  /** When `onTimeout` wants to be called, on the clock of `now`. */
  nextTimeout(): number | undefined {
    const { state } = this
    const { closing, handshake, recovery } = state
    if (closing.state !== 'open') return closing.state === 'closed' ? undefined : closing.deadline
    let earliest = this.idleDeadline()
    if (!handshake.complete) earliest = Math.min(earliest, this.handshakeDeadline)
    const recoveryTime = recovery.nextTimeout(this.now, state.path.budget < 1)
    if (recoveryTime !== undefined) earliest = Math.min(earliest, recoveryTime)
    for (const space of [Space.initial, Space.handshake, Space.application] as const) {
      const ackDeadline = state.received[space].ackDeadline
      if (ackDeadline !== undefined && this.builder.canSend(space)) {
        earliest = Math.min(earliest, ackDeadline)
      }
    }
    if (this.pacedUntil !== undefined) earliest = Math.min(earliest, this.pacedUntil)
    earliest = Math.min(earliest, this.keepAliveDeadline())
    const keyTime = handshake.oneRttKeys?.nextTimeout()
    if (keyTime !== undefined) earliest = Math.min(earliest, keyTime)
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest
  }

  private idleDeadline(): number {
    if (this.idleTimeout === 0) return Number.POSITIVE_INFINITY
    // RFC 9000 §10.1: at least three PTOs, so that a lost packet alone does not end it.
    return this.state.lastActivity + Math.max(this.idleTimeout, 3 * this.state.probeTimeout)
  }

  private keepAliveDeadline(): number {
    const { config, handshake, lastActivity, recovery } = this.state
    if (config.keepAliveInterval === 0 || !handshake.complete) return Number.POSITIVE_INFINITY
    if (recovery.sent(Space.application).ackElicitingOutstanding > 0)
      return Number.POSITIVE_INFINITY
    return lastActivity + config.keepAliveInterval
  }

  onTimeout(now: number): void {
    this.now = now
    const { state } = this
    const { closing } = state
    if (closing.state !== 'open') {
      if (closing.deadline !== undefined && closing.deadline <= now) this.forget()
      return
    }
    if (this.idleDeadline() <= now) {
      return this.end({ kind: 'idleTimeout', errorCode: 0, reason: 'idle timeout', remote: false })
    }
    if (!state.handshake.complete && this.handshakeDeadline <= now) {
      const reason = 'handshake timeout'
      return this.end({ kind: 'handshakeTimeout', errorCode: 0, reason, remote: false })
    }
    try {
      const space = state.recovery.onTimeout(now)
      if (space !== undefined) this.probe(space)
      if (this.keepAliveDeadline() <= now) state.probes[Space.application] = 1
      state.handshake.oneRttKeys?.onTimeout(now)
    } catch (error) {
      this.fail(error)
    }
    this.changed()
  }

  /** RFC 9002 §6.2.4: repeats what waits longest; a PING where there is nothing. */
  private probe(space: Space): void {
    const { recovery, probes } = this.state
    probes[space] = PROBE_PACKETS
    recovery.repeatOldest(space, PROBE_PACKETS)
    if (space !== Space.initial) return
    // The Handshake flight rides along: what one PTO can repair should not need two.
    if (recovery.sent(Space.handshake).ackElicitingOutstanding > 0) {
      probes[Space.handshake] = 1
      recovery.repeatOldest(Space.handshake, PROBE_PACKETS)
    }
  }

  /** Fills up to `limit` datagrams; true when there may be more to send now. */
  transmit(now: number, out: DatagramBatch, limit: number): boolean {
    this.now = now
    if (this.closed) return this.transmitClose(now, out)
    try {
      return this.transmitPackets(now, out, limit)
    } catch (error) {
      // Sealing failed, or writing: the CONNECTION_CLOSE is still to go out.
      this.fail(error)
      return true
    }
  }

  private transmitPackets(now: number, out: DatagramBatch, limit: number): boolean {
    const { path, recovery, config, stats } = this.state
    this.pacedUntil = undefined
    for (let count = 0; count < limit; count++) {
      const buffer = out.next()
      if (buffer === undefined) return true
      let dataAllowed = recovery.windowAllows(config.maxDatagramSize)
      if (dataAllowed) {
        const paceTime = recovery.paceTime(now)
        if (paceTime > now) {
          dataAllowed = false
          this.pacedUntil = paceTime
        }
      }
      const length = this.builder.build(buffer, now, dataAllowed)
      if (length === 0) {
        if (this.pacedUntil !== undefined && !this.builder.hasAnyData) this.pacedUntil = undefined
        return false
      }
      path.bytesSent += length
      stats.bytesSent += length
      out.commit(length, path.remote, path.local)
    }
    return true
  }

  private transmitClose(now: number, out: DatagramBatch): boolean {
    const { closing, path, stats } = this.state
    if (closing.state !== 'closing') {
      if (closing.state === 'draining') closing.startPeriod(now, 3 * this.state.probeTimeout)
      return false
    }
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
    if (length === 0) return false
    path.bytesSent += length
    stats.bytesSent += length
    out.commit(length, path.remote, path.local)
    return false
  }

  // What the application sees.

  poll(): ConnectionEvent | undefined {
    return this.state.events.shift()
  }

  get hasEvents(): boolean {
    return this.state.events.length > 0
  }

  openStream(kind: StreamKind): number | undefined {
    return this.closed ? undefined : this.state.streams.open(kind)
  }

  write(id: number, bytes: Uint8Array, fin: boolean): boolean {
    if (this.closed) return true
    const accepted = this.state.streams.write(id, bytes, fin)
    this.changed()
    return accepted
  }

  read(id: number): Uint8Array | undefined {
    if (this.closed) return undefined
    const bytes = this.state.streams.read(id)
    this.changed()
    return bytes
  }

  readFinished(id: number): boolean {
    return this.state.streams.readFinished(id)
  }

  reset(id: number, errorCode: number): void {
    if (this.closed) return
    this.state.streams.reset(id, errorCode)
    this.changed()
  }

  stopSending(id: number, errorCode: number): void {
    if (this.closed) return
    this.state.streams.stopSending(id, errorCode)
    this.changed()
  }

  /** Sends a PING, so that the peer's silence is noticed. */
  ping(): void {
    if (this.closed || !this.state.handshake.complete) return
    this.state.probes[Space.application] = 1
    this.changed()
  }

  close(errorCode: number, reason: string): void {
    this.end({ kind: 'application', errorCode, reason, remote: false })
  }

  // What the parts tell.

  onPeerParameters(parameters: TransportParameters): void {
    const { state } = this
    const { originalDestination, retrySource } = this.expectedIds
    checkConnectionIds(parameters, {
      initialSource: state.remoteIds.id,
      originalDestination: state.isClient ? originalDestination : undefined,
      retrySource,
    })
    state.streams.onPeerParameters(parameters)
    state.localIds.onPeerLimit(parameters.activeConnectionIdLimit)
    state.recovery.peerMaxAckDelay = parameters.maxAckDelay
    if (parameters.statelessResetToken !== undefined) {
      state.remoteIds.setFirstResetToken(parameters.statelessResetToken)
    }
    const ours = state.config.maxIdleTimeout
    const theirs = parameters.maxIdleTimeout
    this.idleTimeout = ours === 0 || theirs === 0 ? Math.max(ours, theirs) : Math.min(ours, theirs)
  }

  onKeysAvailable(): void {
    this.receiver.keysAreNew = true
    if (this.state.handshake.handshakeKeys.write !== undefined) {
      this.state.recovery.hasHandshakeKeys = true
    }
  }

  onKeyLog(line: string): void {
    if (this.state.config.keyLog) this.state.events.push({ type: 'keyLog', line })
  }

  onHandshakeComplete(): void {
    const { state } = this
    this.receiver.keysAreNew = true
    state.events.push({ type: 'handshakeComplete' })
    state.localIds.issue()
    if (state.isClient) return
    state.control.handshakeDonePending = true
    this.onHandshakeConfirmed()
  }

  onHandshakeConfirmed(): void {
    const { state } = this
    const { handshake, recovery } = state
    if (handshake.confirmed) return
    handshake.confirmed = true
    recovery.handshakeConfirmed = true
    recovery.peerValidatedAddress = true
    state.discardSpace(Space.handshake)
    handshake.oneRttKeys?.onHandshakeConfirmed()
    handshake.crypto[Space.application].maxBuffered = MAX_CRYPTO_BUFFER_POST_HANDSHAKE
    state.events.push({ type: 'handshakeConfirmed' })
    this.owner.onHandshakeConfirmed(this)
  }

  onPeerClose(info: CloseInfo): void {
    this.end(info)
  }

  /** Ends without a word and without state: the first datagram was not authentic. */
  abandon(): void {
    this.state.closing.enter('closed', {
      kind: 'transport',
      errorCode: 0,
      reason: 'abandoned',
      remote: false,
    })
    this.forget()
  }

  /** RFC 9000 §17.2.5.2. */
  onRetry(datagram: Uint8Array, header: PacketHeader): void {
    const { state, expectedIds } = this
    if (!state.isClient || this.receiver.hasOpenedPacket || this.hasRetried) return
    const { originalDestination } = expectedIds
    if (header.version !== state.version) return
    if (equalBytes(header.sourceConnectionId, originalDestination)) return
    const token = readRetry(state.env.crypto, datagram, header, originalDestination)
    if (token === undefined) return
    this.hasRetried = true
    state.token = token.slice()
    const source = header.sourceConnectionId.slice()
    expectedIds.retrySource = source
    state.remoteIds.replaceFirst(source)
    state.handshake.deriveInitialKeys(source)
    state.recovery.forgetAll(Space.initial)
  }

  /** RFC 9000 §6.2. */
  onVersionNegotiation(datagram: Uint8Array, header: PacketHeader): void {
    const { state } = this
    if (!state.isClient || this.receiver.hasOpenedPacket) return
    if (!equalBytes(header.destinationConnectionId, state.localIds.first)) return
    if (!equalBytes(header.sourceConnectionId, state.remoteIds.id)) return
    const versions = readVersionNegotiation(datagram, header)
    if (versions === undefined || versions.includes(state.version)) return
    const offered = versions.map((version) => `0x${version.toString(16)}`).join(', ')
    const reason = `the server speaks none of our QUIC versions, only ${offered}`
    this.end({ kind: 'versionNegotiation', errorCode: 0, reason, remote: true })
  }

  /** RFC 9000 §10.3.1; true when it was one. */
  onStatelessReset(datagram: Uint8Array): boolean {
    if (!this.state.remoteIds.isStatelessReset(datagram)) return false
    this.end({
      kind: 'statelessReset',
      errorCode: 0,
      reason: 'the peer has lost its state',
      remote: true,
    })
    return true
  }

  // The end.

  /** The one place where an error becomes a close: what a peer did wrong, or a bug of ours. */
  private fail(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    const isPeersFault = error instanceof TransportError
    this.closeFrameType =
      error instanceof TransportError && error.frameType !== 0
        ? error.frameType
        : this.receiver.currentFrameType
    this.end({
      kind: 'transport',
      errorCode: isPeersFault ? error.code : TransportErrorCode.internalError,
      reason: isPeersFault ? cause.message : 'internal error',
      remote: false,
      cause,
    })
  }

  /** The first reason to end counts; the application hears of it once. */
  private end(info: CloseInfo): void {
    const { state } = this
    if (this.closed) return
    const silent = info.kind === 'idleTimeout' || info.kind === 'handshakeTimeout'
    const gone = silent || info.kind === 'versionNegotiation' || info.kind === 'statelessReset'
    state.closing.enter(info.remote && !gone ? 'draining' : gone ? 'closed' : 'closing', info)
    state.streams.discard()
    state.events.push({ type: 'closed', info })
    if (gone) this.forget()
    this.changed()
  }

  private forget(): void {
    const { state } = this
    state.closing.state = 'closed'
    state.localIds.discard()
    state.remoteIds.discard()
    this.changed()
  }

  private changed(): void {
    this.owner.onWork(this)
    if (this.state.events.length > 0) this.owner.onEvents(this)
  }
}
