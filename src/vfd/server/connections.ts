import { ServerStream } from '../../api/internals.ts'
import type { CloseInfo } from '../../quic/index.ts'
import type { Reactor } from '../../reactor/index.ts'
import { Notifier } from '../notifier.ts'
import type { CloseEffects } from '../table/close-effects.ts'
import { CloseMachine } from '../table/close-machine.ts'
import type { ConnectionDirectory } from '../table/directory.ts'
import type { ConnectionRecord } from '../table/record.ts'
import { Sessions } from '../table/sessions.ts'
import { clientInfo } from './client-info.ts'
import { DispatchedStream } from './dispatched-stream.ts'
import type { ClientInfo } from './events.ts'
import type { ServerSettings } from './options.ts'
import { Pressure, type PressureListener } from './pressure.ts'
import type { RequestStream, VfdSession } from './session.ts'

/** What a connection has to tell, as bits. */
const Kind = { connect: 1, request: 2, end: 4 } as const

const NO_ERROR = 0x100
const INTERNAL_ERROR = 0x102

/** What happens to connections, as the server is told. */
export interface ConnectionsListener extends PressureListener {
  onConnect(record: ConnectionRecord<VfdSession>, session: VfdSession): void
  /** Once for every `onConnect`. To be followed by `Connections.acknowledge`. */
  onClose(record: ConnectionRecord<VfdSession>, actively: boolean): void
  onRequest(session: VfdSession, stream: RequestStream): void
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
  readonly pressure: Pressure
  private readonly notifier: Notifier<VfdSession>
  /** Of connections that are gone. */
  private receivedBefore = 0
  private sentBefore = 0

  constructor(
    directory: ConnectionDirectory<VfdSession>,
    reactor: Reactor,
    settings: ServerSettings,
    listener: ConnectionsListener,
  ) {
    this.directory = directory
    this.settings = settings
    this.listener = listener
    this.sessions = new Sessions(directory)
    this.pressure = new Pressure(settings.watermarks, listener)
    this.notifier = new Notifier({
      reactor,
      notify: settings.notify,
      onReady: (record, kinds) => this.onReady(record, kinds),
      // Somebody closed a descriptor that was not theirs.
      onLost: ({ sessionId }) => this.closing.force(sessionId),
    })
    this.closing = new CloseMachine(directory, this)
  }

  /** @see Notifier.beginTurn */
  beginTurn(): void {
    this.notifier.beginTurn()
  }

  endTurn(): void {
    this.notifier.endTurn()
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
    this.notifier.watch(record)
    this.notifier.notify(record, Kind.connect)
  }

  /** A request came. It is given on when the connection has its turn. */
  onRequest(session: VfdSession, stream: RequestStream): void {
    if (session.record === undefined) return
    session.waiting.push(stream)
    this.notifier.notify(session.record, Kind.request)
  }

  /** The transport is over, whoever ended it. */
  onTransportClosed(session: VfdSession, info: CloseInfo): void {
    clearTimeout(session.closeTimer)
    this.pressure.forget(session)
    this.receivedBefore += session.stats.bytesReceived
    this.sentBefore += session.stats.bytesSent
    const { record } = session
    if (record === undefined) return
    record.lastRecvTime = session.lastReceivedAt
    session.closeCode = info.errorCode
    this.notifier.notify(record, Kind.end)
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

  info(sessionId: number): ClientInfo | undefined {
    const known = this.sessions.getClientInfo(sessionId)
    const record = this.directory.verify(sessionId)
    const session = record?.connection
    if (known === undefined || record === undefined || session === undefined) return undefined
    return clientInfo(known, record, session)
  }

  close(sessionId: number, reset: boolean): boolean {
    const record = this.directory.verify(sessionId)
    const session = record?.connection
    if (record === undefined || session === undefined) return false
    if (this.closing.close(sessionId, { reset }) !== 'accepted') return false
    if (session.record !== undefined && record.closeQueued) this.drain(session)
    return true
  }

  /** Ends the connection at once, whatever is in progress: for an error, or without. */
  destroy(sessionId: number, isError: boolean): void {
    if (isError) this.closing.close(sessionId, { reset: true })
    else this.closing.force(sessionId)
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
    this.pressure.measure(session)
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

  /** Ends what is left at a shutdown. */
  dispose(): void {
    for (const { sessionId } of this.directory.records()) this.closing.force(sessionId)
    this.pressure.dispose()
  }

  /** In the order in which things happen to a connection; any of them may be the end of it. */
  private onReady(record: ConnectionRecord<VfdSession>, kinds: number): void {
    const session = record.connection
    if (session === undefined) return
    if ((kinds & Kind.connect) !== 0) {
      record.ready = true
      this.listener.onConnect(record, session)
    }
    for (let next = session.waiting.shift(); next !== undefined; next = session.waiting.shift()) {
      this.listener.onRequest(session, next)
    }
    if ((kinds & Kind.end) !== 0 && session.record === record) {
      this.closing.peerClosed(session.sessionId, session.closeCode)
    }
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
    this.notifier.unwatch(record)
    session.record = undefined
    clearTimeout(session.closeTimer)
    this.pressure.forget(session)
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
