import { IdMap } from '../bytes/index.ts'
import { H3Connection, type H3Event, type H3Options } from '../h3/index.ts'
import type { Field } from '../qpack/index.ts'
import type { CloseInfo, Connection } from '../quic/index.ts'
import { throwLater } from './errors.ts'

/** One request stream, as the pump tells it what happened. */
export interface MessageStream {
  onHeaders(fields: readonly Field[], ended: boolean): void
  onInformational(fields: readonly Field[]): void
  onBodyReadable(): void
  onTrailers(fields: readonly Field[]): void
  onEnded(): void
  onWritable(): void
  onAborted(errorCode: number, remote: boolean, reason: string): void
  onStopped(errorCode: number): void
  onClosed(): void
  /** The connection ended first. */
  onSessionClosed(error: Error): void
}

/** The session that a connection belongs to. */
export interface PumpOwner {
  onHandshakeComplete(pump: ConnectionPump): void
  /** Headers on a stream that nobody has registered: on a server, a new request. */
  onRequest(pump: ConnectionPump, id: number, fields: readonly Field[], ended: boolean): void
  onRequestsAvailable(pump: ConnectionPump): void
  onGoaway(pump: ConnectionPump, id: number): void
  onKeyLog(line: string): void
  /** What the end of the connection is for the requests that it cut off. */
  errorOf(info: CloseInfo): Error
  /** @param cutOff how many requests were told */
  onClosed(pump: ConnectionPump, info: CloseInfo, cutOff: number): void
}

/** What the pump needs of the host that drives it. */
export interface PumpHost {
  /** To be called after anything was asked of the pump's `h3` or `connection`. */
  touch(pump: ConnectionPump): void
}

/** Moves events from a QUIC connection into HTTP/3, and from HTTP/3 to the streams of its requests. */
export class ConnectionPump {
  readonly connection: Connection
  readonly h3: H3Connection
  readonly streams = new IdMap<MessageStream>()
  owner: PumpOwner
  /** Set by the host: waits for its turn. */
  touched = false
  closed = false
  private readonly host: PumpHost
  private draining = false
  private inTurn = false
  private readingPaused = false

  constructor(connection: Connection, host: PumpHost, owner: PumpOwner, options: H3Options) {
    this.connection = connection
    this.host = host
    this.owner = owner
    this.h3 = new H3Connection(connection, options)
    this.h3.start()
  }

  /** Something was asked of the connection: let it out soon. */
  touch(): void {
    if (!this.inTurn) this.host.touch(this)
  }

  /** The next bytes of a body, as `H3Connection.readBody`; none while reading is paused. */
  readBody(id: number): Uint8Array | undefined {
    return this.readingPaused ? undefined : this.h3.readBody(id)
  }

  /** Leaves the bodies of all requests in the transport, which holds the peer back. */
  pauseReading(): void {
    this.readingPaused = true
  }

  resumeReading(): void {
    if (!this.readingPaused) return
    this.readingPaused = false
    for (const stream of this.streams.values()) stream.onBodyReadable()
  }

  /** GOAWAY, then the end as soon as no request is left. */
  drain(): void {
    if (this.closed || this.draining) return
    this.draining = true
    this.h3.goaway()
    this.touch()
  }

  close(errorCode: number, reason: string): void {
    if (this.closed) return
    this.connection.close(errorCode, reason)
    this.touch()
  }

  /** Handles everything that has happened since the last turn. */
  turn(now: number): void {
    this.inTurn = true
    try {
      this.handleEvents(now)
    } finally {
      this.inTurn = false
    }
  }

  private handleEvents(now: number): void {
    const { connection, h3 } = this
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) {
      if (event.type === 'keyLog') {
        const { line } = event
        this.guard(() => this.owner.onKeyLog(line))
      } else if (event.type === 'closed') {
        this.drainH3()
        this.finish(event.info)
      } else {
        h3.receive(event, now)
        if (event.type === 'handshakeComplete')
          this.guard(() => this.owner.onHandshakeComplete(this))
      }
    }
    this.drainH3()
    if (this.draining && !this.closed && h3.isDrained) connection.close(0x100, '')
  }

  private drainH3(): void {
    const { h3 } = this
    for (let event = h3.poll(); event !== undefined; event = h3.poll()) {
      try {
        this.dispatch(event)
      } catch (error) {
        throwLater(error)
      }
    }
  }

  private dispatch(event: H3Event): void {
    switch (event.type) {
      case 'headers': {
        const stream = this.streams.get(event.id)
        if (stream !== undefined) stream.onHeaders(event.fields, event.ended)
        else this.owner.onRequest(this, event.id, event.fields, event.ended)
        return
      }
      case 'settings':
        return
      case 'requestsAvailable':
        this.owner.onRequestsAvailable(this)
        return
      case 'goaway':
        this.owner.onGoaway(this, event.id)
        return
      default: {
        const stream = this.streams.get(event.id)
        if (stream !== undefined) this.dispatchToStream(stream, event)
      }
    }
  }

  private dispatchToStream(
    stream: MessageStream,
    event: Exclude<H3Event, { type: 'headers' | 'settings' | 'requestsAvailable' | 'goaway' }>,
  ): void {
    switch (event.type) {
      case 'bodyReadable':
        stream.onBodyReadable()
        return
      case 'ended':
        stream.onEnded()
        return
      case 'writable':
        stream.onWritable()
        return
      case 'informational':
        stream.onInformational(event.fields)
        return
      case 'trailers':
        stream.onTrailers(event.fields)
        return
      case 'aborted':
        stream.onAborted(event.errorCode, event.remote, event.reason)
        return
      case 'stopped':
        stream.onStopped(event.errorCode)
        return
      case 'closed':
        this.streams.delete(event.id)
        stream.onClosed()
        return
    }
  }

  private finish(info: CloseInfo): void {
    this.closed = true
    const cutOff = this.streams.size
    if (cutOff > 0) this.cutOff(this.owner.errorOf(info))
    this.guard(() => this.owner.onClosed(this, info, cutOff))
  }

  private cutOff(error: Error): void {
    for (const stream of this.streams.values()) this.guard(() => stream.onSessionClosed(error))
    this.streams.clear()
  }

  /** User code runs in there: what it throws must not stop the turn. */
  private guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      throwLater(error)
    }
  }
}
