import type { TlsInfo } from '../../tls13/index.ts'
import type { DatagramBatch, DatagramMeta, SocketAddress } from '../datagram.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_CRYPTO_BUFFER_POST_HANDSHAKE } from '../limits.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { CloseInfo, ConnectionEvent, StreamKind, StreamTransport } from '../transport.ts'
import type { PacketHeader, TransportParameters } from '../wire/index.ts'
import { checkConnectionIds } from './connection-id-check.ts'
import { Deadlines } from './deadlines.ts'
import { FrameHandler, type FrameListener } from './frame-handler.ts'
import type { Handshake, HandshakeListener } from './handshake.ts'
import { type ConnectionOwner, Scheduling } from './owner.ts'
import { PacketBuilder } from './packet-builder.ts'
import { PacketReceiver, type ReceiverListener } from './packet-receiver.ts'
import { type HandshakeIds, ServerAnswers } from './server-answers.ts'
import type { ConnectionState, ConnectionStats } from './state.ts'
import { Transmitter } from './transmitter.ts'

/** RFC 9002 §6.2.4: one or two probe packets; the second survives where the first is lost. */
const PROBE_PACKETS = 2

/**
 * One QUIC connection, sans-IO: fed datagrams and time, asked for datagrams, deadlines and events.
 * Made by `Endpoint`. The work is done by the parts in `ConnectionState`; this class keeps its life.
 */
export class Connection
  implements StreamTransport, HandshakeListener, FrameListener, ReceiverListener
{
  /** Of this connection alone, among all that its endpoint ever has. */
  readonly handle: number
  readonly scheduling = new Scheduling(this)
  private readonly state: ConnectionState
  private readonly owner: ConnectionOwner
  /** Of a client only: what the server's transport parameters must repeat. */
  private readonly ids: HandshakeIds | undefined
  private readonly receiver: PacketReceiver
  /** Of a client only. */
  private readonly answers: ServerAnswers | undefined
  private readonly deadlines: Deadlines
  private readonly transmitter: Transmitter
  /** The time of the last call that brought one. */
  private now: number

  constructor(
    handle: number,
    state: ConnectionState,
    owner: ConnectionOwner,
    ids: HandshakeIds,
    now: number,
    createHandshake: (listener: HandshakeListener) => Handshake,
  ) {
    this.handle = handle
    this.state = state
    this.owner = owner
    this.ids = state.isClient ? ids : undefined
    this.now = now
    const frames = new FrameHandler(state, this)
    const builder = new PacketBuilder(state)
    this.receiver = new PacketReceiver(state, frames, this, state.localIds.first.length)
    this.answers = state.isClient ? new ServerAnswers(state, ids) : undefined
    this.deadlines = new Deadlines(state, builder, now)
    this.transmitter = new Transmitter(state, builder, this.deadlines)
    state.handshake = createHandshake(this)
    state.handshake.deriveInitialKeys(ids.retrySource ?? ids.originalDestination)
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

  /** When the last authentic packet came, on the clock of `now`. */
  get lastReceivedAt(): number {
    return this.state.lastReceivedAt
  }

  /** Bytes written on all streams that have not been sent yet. */
  get unsentBytes(): number {
    return this.state.streams.unsentBytes
  }

  /** The same of one stream; 0 when it is over. */
  unsentBytesOf(id: number): number {
    return this.state.streams.unsentBytesOf(id)
  }

  /** Counters since the beginning; RTTs in milliseconds, windows and the largest datagram sent now in bytes. */
  get stats(): Readonly<ConnectionStats> & {
    readonly packetsLost: number
    readonly smoothedRtt: number
    readonly minRtt: number
    readonly congestionWindow: number
    readonly bytesInFlight: number
    readonly maxDatagramSize: number
  } {
    const { recovery, stats } = this.state
    // Field by field: a spread makes a dictionary of several kilobytes.
    return {
      bytesReceived: stats.bytesReceived,
      bytesSent: stats.bytesSent,
      packetsReceived: stats.packetsReceived,
      packetsSent: stats.packetsSent,
      packetsDropped: stats.packetsDropped,
      packetsLost: recovery.packetsLost,
      smoothedRtt: recovery.rtt.smoothed,
      minRtt: recovery.rtt.min,
      congestionWindow: recovery.congestion.congestionWindow,
      bytesInFlight: recovery.bytesInFlight,
      maxDatagramSize: this.state.maxDatagramSize,
    }
  }

  // Datagrams and time.

  /** Takes a datagram whose bytes are ours from now on. Never throws. */
  receive(datagram: Uint8Array, meta: DatagramMeta, now: number): void {
    this.now = now
    const { state } = this
    // RFC 9000 §9: only a client moves, and not before its handshake is confirmed.
    const mayMigrate = !state.isClient && state.handshake.confirmed
    if (!state.paths.select(meta, mayMigrate, now)) {
      state.stats.packetsDropped++
      return
    }
    state.paths.receiving.bytesReceived += datagram.length
    state.stats.bytesReceived += datagram.length
    if (this.closed) {
      state.closing.onPacket()
    } else {
      try {
        this.receiver.receive(datagram, now)
      } catch (error) {
        this.fail(error, this.receiver.currentFrameType)
      }
    }
    this.changed()
  }

  /** When `onTimeout` wants to be called, on the clock of `now`. */
  nextTimeout(): number | undefined {
    return this.deadlines.next(this.now)
  }

  onTimeout(now: number): void {
    this.now = now
    const { deadlines, state } = this
    const { closing } = state
    if (closing.state !== 'open') {
      if (closing.deadline !== undefined && closing.deadline <= now) this.forget()
      return
    }
    if (deadlines.isIdle(now)) return this.endSilently('idleTimeout', 'idle timeout')
    if (deadlines.isHandshakeLate(now)) {
      return this.endSilently('handshakeTimeout', 'handshake timeout')
    }
    try {
      const space = state.recovery.onTimeout(now)
      if (space !== undefined) this.probe(space)
      if (deadlines.isKeepAliveDue(now)) state.probes[Space.application] = 1
      state.handshake.oneRttKeys?.onTimeout(now)
      state.paths.onTimeout(now)
      state.stats.packetsDropped += state.undecryptable.onTimeout(now)
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
    if (!this.closed) {
      try {
        return this.transmitter.transmit(now, out, limit)
      } catch (error) {
        // Sealing failed, or writing: the CONNECTION_CLOSE is still to go out.
        this.fail(error)
      }
    }
    try {
      return this.transmitter.transmitClose(now, out)
    } catch {
      // Not even that can be sent: the other connections must not suffer from it.
      this.forget()
      return false
    }
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

  setPatient(id: number): void {
    this.state.streams.setPatient(id)
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

  /** From now on, or no longer, PINGs keep the connection from its idle timeout (RFC 9000 §10.1.2). */
  keepAlive(wanted: boolean): void {
    this.deadlines.keptAlive = wanted
    if (wanted) this.changed()
  }

  close(errorCode: number, reason: string): void {
    this.end({ kind: 'application', errorCode, reason, remote: false })
  }

  /** Ends a connection that there is no room for: CONNECTION_REFUSED (RFC 9000 §20.1). */
  refuse(reason: string): void {
    const errorCode = TransportErrorCode.connectionRefused
    this.end({ kind: 'transport', errorCode, reason, remote: false })
  }

  // What the parts tell.

  onPeerParameters(parameters: TransportParameters): void {
    const { state } = this
    checkConnectionIds(parameters, {
      initialSource: state.remoteIds.id,
      originalDestination: this.ids?.originalDestination,
      retrySource: this.ids?.retrySource,
    })
    state.onPeerParameters(parameters)
    this.deadlines.onPeerIdleTimeout(parameters.maxIdleTimeout)
    if (parameters.statelessResetToken !== undefined) {
      state.remoteIds.setFirstResetToken(parameters.statelessResetToken)
    }
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

  onRetry(datagram: Uint8Array, header: PacketHeader): void {
    if (!this.receiver.hasOpenedPacket) this.answers?.onRetry(datagram, header)
  }

  onVersionNegotiation(datagram: Uint8Array, header: PacketHeader): void {
    if (this.receiver.hasOpenedPacket) return
    const info = this.answers?.onVersionNegotiation(datagram, header)
    if (info !== undefined) this.end(info)
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
  private fail(error: unknown, frameType = 0): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    const isPeersFault = error instanceof TransportError
    this.transmitter.closeFrameType =
      error instanceof TransportError && error.frameType !== 0 ? error.frameType : frameType
    this.end({
      kind: 'transport',
      errorCode: isPeersFault ? error.code : TransportErrorCode.internalError,
      reason: isPeersFault ? cause.message : 'internal error',
      remote: false,
      cause,
    })
  }

  private endSilently(kind: 'idleTimeout' | 'handshakeTimeout', reason: string): void {
    this.end({ kind, errorCode: 0, reason, remote: false })
  }

  /** The first reason to end counts; the application hears of it once. */
  private end(info: CloseInfo): void {
    const { state } = this
    if (this.closed) return
    // Without a CONNECTION_CLOSE on either side there is nothing to repeat and nothing to wait for.
    const gone = info.kind !== 'transport' && info.kind !== 'application'
    state.closing.enter(gone ? 'closed' : info.remote ? 'draining' : 'closing', info)
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
