import { EventEmitter } from 'node:events'
import type { Field } from '../qpack/index.ts'
import type { CloseInfo, SocketAddress } from '../quic/index.ts'
import { Certificate, type PeerVerifier } from '../tls13/index.ts'
import type { ConnectionPump, PumpOwner } from './connection-pump.ts'
import { connectionError } from './errors.ts'
import { ServerStream } from './server-stream.ts'
import { type ConnectionFacts, SessionSocket } from './session-socket.ts'

/** What a session reports to its server. */
export interface SessionListener {
  sessionReady(session: ServerSession): void
  sessionRequest(stream: ServerStream): void
  sessionKeyLog(line: string, session: ServerSession): void
  sessionClosed(session: ServerSession, info: CloseInfo): void
}

/**
 * One client's connection on a server. Emits `close` (with the error, if it was one).
 */
export class ServerSession
  extends EventEmitter<{ close: [error?: Error] }>
  implements PumpOwner, ConnectionFacts
{
  /** Whether the client's certificate was verified. */
  authorized = false
  authorizationError: Error | undefined
  private madeSocket: SessionSocket | undefined
  private readonly listener: SessionListener
  private readonly verifyClient: PeerVerifier | undefined
  private pump: ConnectionPump | undefined

  constructor(listener: SessionListener, verifyClient: PeerVerifier | undefined) {
    super()
    this.listener = listener
    this.verifyClient = verifyClient
  }

  /** @internal Called once, before anything else. */
  attach(pump: ConnectionPump): void {
    this.pump = pump
  }

  /** What `req.socket` is for all requests of the connection. */
  get socket(): SessionSocket {
    this.madeSocket ??= new SessionSocket(this, this.closed)
    return this.madeSocket
  }

  get remote(): SocketAddress {
    return this.connectedPump.connection.remote
  }

  get local(): SocketAddress {
    return this.connectedPump.connection.local
  }

  get serverName(): string | undefined {
    return this.connectedPump.connection.tlsInfo?.serverName
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.connectedPump.connection.tlsInfo?.peerCertificates[0]
  }

  /** Counters of the connection: bytes, packets, round-trip times in milliseconds. */
  get stats(): ConnectionPump['connection']['stats'] {
    return this.connectedPump.connection.stats
  }

  /** How many requests are in progress. */
  get activeStreams(): number {
    return this.connectedPump.streams.size
  }

  get closed(): boolean {
    return this.connectedPump.closed
  }

  /** Takes no new requests, lets the others finish, and closes the connection then. */
  close(): void {
    this.connectedPump.drain()
  }

  /** Ends the connection now. With an error the client is told H3_INTERNAL_ERROR. */
  destroy(error?: Error): void {
    this.connectedPump.close(error === undefined ? 0x100 : 0x102, '')
  }

  /** @internal Fails what has been waiting for too long. */
  expire(requestDeadline: number, writeDeadline: number): void {
    const { connection, h3, streams } = this.connectedPump
    h3.expireRequests(requestDeadline)
    this.connectedPump.touch()
    for (const stream of streams.values()) {
      if (!(stream instanceof ServerStream)) continue
      const { waitingSince } = stream.writer
      if (waitingSince !== undefined && waitingSince < writeDeadline) stream.response.destroy()
      else if (stream.isStalled(connection.unsentBytesOf(stream.id), writeDeadline)) stream.giveUp()
      else if (!stream.request.complete && stream.startedAt < requestDeadline) stream.timeOut()
    }
  }

  onHandshakeComplete(): void {
    if (this.verifyClient !== undefined) this.authorize(this.verifyClient)
    this.listener.sessionReady(this)
  }

  onRequest(pump: ConnectionPump, id: number, fields: readonly Field[], ended: boolean): void {
    const stream = new ServerStream(this, pump, id, fields, ended)
    pump.streams.set(id, stream)
    this.listener.sessionRequest(stream)
  }

  onRequestsAvailable(): void {}

  onGoaway(): void {}

  onKeyLog(line: string): void {
    this.listener.sessionKeyLog(line, this)
  }

  errorOf(info: CloseInfo): Error {
    return connectionError(info)
  }

  onClosed(_pump: ConnectionPump, info: CloseInfo): void {
    const error = isClean(info) ? undefined : connectionError(info)
    try {
      this.listener.sessionClosed(this, info)
    } finally {
      this.madeSocket?.end()
      this.emit('close', error)
    }
  }

  /** The handshake lets every certificate pass when `rejectUnauthorized` is false: judge it here. */
  private authorize(verifyClient: PeerVerifier): void {
    const chain = this.connectedPump.connection.tlsInfo?.peerCertificates ?? []
    try {
      verifyClient(chain.map((der) => Certificate.parse(der)))
      this.authorized = true
    } catch (error) {
      this.authorizationError = error as Error
    }
  }

  /** @internal */
  get connectedPump(): ConnectionPump {
    if (this.pump === undefined) throw new Error('The session has no connection yet')
    return this.pump
  }
}

/** An end that nobody need worry about: H3_NO_ERROR, or silence. */
export function isClean(info: CloseInfo): boolean {
  if (info.kind === 'idleTimeout') return true
  if (info.kind === 'application') return info.errorCode === 0x100
  return info.kind === 'transport' && info.errorCode === 0
}
