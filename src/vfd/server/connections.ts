import { ServerStream } from '../../api/internals.ts'
import type { CloseInfo } from '../../quic/index.ts'
import type { CloseEffects } from '../table/close-effects.ts'
import { CloseMachine } from '../table/close-machine.ts'
import type { ConnectionDirectory } from '../table/directory.ts'
import type { ConnectionRecord } from '../table/record.ts'
import { Sessions } from '../table/sessions.ts'
import { DispatchedStream } from './dispatched-stream.ts'
import { PRESSURE_INTERVAL } from './limits.ts'
import type { ServerSettings } from './options.ts'
import type { VfdSession } from './session.ts'
import { applyWatermarks } from './watermarks.ts'

const NO_ERROR = 0x100
const INTERNAL_ERROR = 0x102

/** What happens to connections, as the server is told. */
export interface ConnectionsListener {
  onConnect(record: ConnectionRecord<VfdSession>, session: VfdSession): void
  /** Once for every `onConnect`. To be followed by `Connections.acknowledge`. */
  onClose(record: ConnectionRecord<VfdSession>, actively: boolean): void
  onBufferFull(sessionId: number): void
  onBufferEmpty(sessionId: number): void
}

/**
 * The table joined to the transport: every confirmed connection has a record, and the record lives
 * until the close was acknowledged. All calls take session ids; those that are not (any more) a
 * connection's do nothing.
 */
export class Connections implements CloseEffects<VfdSession> {
  readonly notifies = true
  readonly directory: ConnectionDirectory<VfdSession>
  readonly sessions: Sessions<VfdSession>
  private readonly settings: ServerSettings
  private readonly listener: ConnectionsListener
  private readonly closing: CloseMachine<VfdSession>
  /** Connections that were full and are not empty yet. */
  private readonly pressed = new Set<VfdSession>()
  private pressureTimer: NodeJS.Timeout | undefined
  /** Of connections that are gone. */
  private receivedBefore = 0
  private sentBefore = 0

  constructor(
    directory: ConnectionDirectory<VfdSession>,
    settings: ServerSettings,
    listener: ConnectionsListener,
  ) {
    this.directory = directory
    this.settings = settings
    this.listener = listener
    this.sessions = new Sessions(directory)
    this.closing = new CloseMachine(directory, this)
  }

  get totalRecvBytes(): number {
    return this.sum(this.receivedBefore, (session) => session.stats.bytesReceived)
  }

  get totalSendBytes(): number {
    return this.sum(this.sentBefore, (session) => session.stats.bytesSent)
  }

  /** The handshake is confirmed. */
  add(session: VfdSession): void {
    const { remote, local, connectedPump: pump } = session
    const init = {
      remoteAddress: remote.address,
      remotePort: remote.port,
      localAddress: local.address,
      localPort: local.port,
    }
    const record = this.directory.add(session, init, performance.now())
    if (record === undefined) {
      pump.connection.refuse('no room for another connection')
      pump.touch()
      return
    }
    session.record = record
    session.sessionId = record.sessionId
    record.ready = true
    this.listener.onConnect(record, session)
  }

  /** The transport is over, whoever ended it. */
  onTransportClosed(session: VfdSession, info: CloseInfo): void {
    clearTimeout(session.closeTimer)
    this.pressed.delete(session)
    this.receivedBefore += session.stats.bytesReceived
    this.sentBefore += session.stats.bytesSent
    const { record } = session
    if (record === undefined) return
    record.lastRecvTime = session.lastReceivedAt
    this.closing.peerClosed(session.sessionId, info.errorCode)
  }

  /** `onClose` has run. */
  acknowledge(sessionId: number): void {
    this.closing.acknowledge(sessionId)
  }

  /** The connection behind a session id, unless it is being closed. */
  open(sessionId: number): VfdSession | undefined {
    const record = this.directory.verify(sessionId)
    return record === undefined || record.closed ? undefined : record.connection
  }

  close(sessionId: number, reset: boolean): boolean {
    const record = this.directory.verify(sessionId)
    const session = record?.connection
    if (record === undefined || session === undefined) return false
    if (this.closing.close(sessionId, { reset }) !== 'accepted') return false
    if (session.record !== undefined && record.closeQueued) this.drain(session)
    return true
  }

  /**
   * The ids of the sessions from which nothing came for so many ms; with `close` they are closed by
   * force.
   */
  silent(idleTime: number, close: boolean): number[] {
    const now = performance.now()
    for (const record of this.directory.records()) {
      if (record.connection !== undefined) record.lastRecvTime = record.connection.lastReceivedAt
    }
    const ids = this.sessions.heartbeat(now, idleTime)
    if (close) this.closing.closeIdle(now, idleTime)
    return ids
  }

  /** Bytes into the session's open response. */
  send(sessionId: number, bytes: Uint8Array): boolean {
    const session = this.open(sessionId)
    const record = session?.record
    if (session === undefined || record === undefined) return false
    if (bytes.length === 0 || record.overflow || !hasChannel(session)) return false
    session.connectedPump.h3.sendData(session.channel, bytes, false)
    session.connectedPump.touch()
    record.lastSendTime = performance.now()
    this.measure(session)
    return true
  }

  /** Makes an open response the one that `send` writes to. */
  subscribe(sessionId: number, streamId: number): boolean {
    const session = this.open(sessionId)
    if (session === undefined || !isOpenResponse(session, streamId)) return false
    session.channel = streamId
    return true
  }

  pause(sessionId: number): boolean {
    const session = this.open(sessionId)
    if (session?.record === undefined) return false
    session.record.paused = true
    session.connectedPump.pauseReading()
    return true
  }

  resume(sessionId: number): boolean {
    const session = this.open(sessionId)
    if (session?.record === undefined) return false
    session.record.paused = false
    session.connectedPump.resumeReading()
    return true
  }

  /** Looks whether a connection became full, or empty again. */
  measure(session: VfdSession): void {
    const { record } = session
    if (record === undefined) return
    const change = applyWatermarks(record, session.unsentBytes, this.settings.watermarks)
    if (change === 'full') {
      this.pressed.add(session)
      this.watchPressure()
      this.listener.onBufferFull(session.sessionId)
    } else if (change === 'empty') {
      this.pressed.delete(session)
      this.listener.onBufferEmpty(session.sessionId)
    } else if (record.overflow) {
      this.pressed.add(session)
      this.watchPressure()
    }
  }

  /** Ends what is left at a shutdown. */
  dispose(): void {
    clearTimeout(this.pressureTimer)
    this.pressed.clear()
  }

  // What the close machine asks for.

  notifyWorker(record: ConnectionRecord<VfdSession>, actively: boolean): void {
    this.listener.onClose(record, actively)
  }

  hasQueuedData({ connection }: ConnectionRecord<VfdSession>): boolean {
    if (connection === undefined || connection.closed) return false
    return connection.activeStreams > 0 || connection.unsentBytes > 0
  }

  closeTransport(record: ConnectionRecord<VfdSession>): void {
    const session = record.connection
    if (session === undefined) return
    session.record = undefined
    clearTimeout(session.closeTimer)
    this.pressed.delete(session)
    if (!session.closed)
      session.connectedPump.close(record.closeReset ? INTERNAL_ERROR : NO_ERROR, '')
  }

  /** GOAWAY: what is in progress may finish, but not take forever. */
  private drain(session: VfdSession): void {
    const pump = session.connectedPump
    pump.drain()
    if (hasChannel(session)) {
      pump.h3.sendData(session.channel, new Uint8Array(0), true)
      pump.touch()
    }
    session.closeTimer = setTimeout(() => pump.close(NO_ERROR, ''), this.settings.maxWaitTime)
    session.closeTimer.unref()
  }

  private watchPressure(): void {
    this.pressureTimer ??= setTimeout(() => {
      this.pressureTimer = undefined
      for (const session of this.pressed) {
        this.measure(session)
        const { record } = session
        if (record === undefined || !(record.highWatermark || record.overflow)) {
          this.pressed.delete(session)
        }
      }
      if (this.pressed.size > 0) this.watchPressure()
    }, PRESSURE_INTERVAL).unref()
  }

  private sum(before: number, value: (session: VfdSession) => number): number {
    let total = before
    for (const { connection } of this.directory.records()) {
      if (connection !== undefined && !connection.closed) total += value(connection)
    }
    return total
  }
}

function hasChannel(session: VfdSession): boolean {
  if (session.channel === -1) return false
  if (isOpenResponse(session, session.channel)) return true
  session.channel = -1
  return false
}

function isOpenResponse(session: VfdSession, streamId: number): boolean {
  const stream = session.connectedPump.streams.get(streamId)
  if (stream instanceof DispatchedStream) return stream.hasOpenResponse
  return stream instanceof ServerStream && stream.response.headersSent && !stream.sendOver
}
