import type { ConnectionPump, MessageStream } from '../../api/internals.ts'
import type { Field } from '../../qpack/index.ts'
import type { ResponseSink, WorkerRequest } from '../workers/index.ts'

const NO_ERROR = 0x100
const INTERNAL_ERROR = 0x102
const REQUEST_REJECTED = 0x10b
const REQUEST_CANCELLED = 0x10c
const EMPTY = new Uint8Array(0)

/** What a dispatched request tells its server. */
export interface DispatchListener {
  onResponse(): void
  /** Bytes of a response were queued. @param room whether there is room for more */
  onQueued(room: boolean): void
  /** The worker is gone before it had answered. */
  onLost(): void
}

/**
 * An HTTP/3 request that a worker answers: what the client sends goes to the worker as fast as that
 * takes it, and what the worker answers to the client in the same way. Neither side's bytes are
 * gathered here.
 */
export class DispatchedStream implements MessageStream {
  /** When it came, in milliseconds of `performance.now()`. */
  readonly startedAt = performance.now()
  readonly response: ResponseSink
  readonly id: number
  readonly fields: readonly Field[]
  /** Whether it came without body and trailers. */
  readonly ended: boolean
  private readonly toClient: ClientSide
  private readonly pump: ConnectionPump
  private request: WorkerRequest | undefined
  private trailers: readonly Field[] | undefined
  private receiveOver: boolean
  private held = false
  /** The end came before a worker was chosen. */
  private endWaits = false

  constructor(
    pump: ConnectionPump,
    id: number,
    fields: readonly Field[],
    ended: boolean,
    listener: DispatchListener,
  ) {
    this.pump = pump
    this.id = id
    this.fields = fields
    this.ended = ended
    this.receiveOver = ended
    this.toClient = new ClientSide(this, pump, id, listener)
    this.response = this.toClient
  }

  /** Whether its headers were sent and its end was not. */
  get hasOpenResponse(): boolean {
    return this.toClient.begun && !this.toClient.over
  }

  /** Whether nobody waits for a response any more. */
  get isOver(): boolean {
    return this.toClient.over
  }

  /** A worker has it. Called once. */
  attach(request: WorkerRequest): void {
    this.request = request
    if (this.endWaits) this.endRequest()
    else this.onBodyReadable()
  }

  /** It is not processed: the client may send it again (RFC 9114 §4.1.1). */
  reject(): void {
    this.toClient.reset(REQUEST_REJECTED)
    this.stopReading()
  }

  /** Ends what has waited for too long: a request that does not come, a response that nobody reads. */
  expire(requestDeadline: number, writeDeadline: number): void {
    const { waitingSince } = this.toClient
    if (waitingSince !== undefined && waitingSince < writeDeadline) this.cancel(REQUEST_CANCELLED)
    else if (!this.receiveOver && !this.held && this.startedAt < requestDeadline) {
      this.toClient.answer(408)
      this.cancel(REQUEST_CANCELLED)
    }
  }

  /** Ends both sides. */
  cancel(errorCode: number): void {
    this.request?.abort(errorCode)
    this.toClient.reset(errorCode)
    this.stopReading()
  }

  /** Not an error: a response may still follow (RFC 9114 §4.1.1). */
  stopReading(): void {
    if (this.receiveOver) return
    this.receiveOver = true
    this.pump.h3.stopReading(this.id, NO_ERROR)
    this.pump.touch()
  }

  /** The worker takes more of the body. */
  resume(): void {
    this.held = false
    this.onBodyReadable()
  }

  onBodyReadable(): void {
    const { request, pump, id } = this
    if (this.held || this.receiveOver || request === undefined) return
    for (let bytes = pump.readBody(id); bytes !== undefined; bytes = pump.readBody(id)) {
      if (!request.writeBody(bytes)) {
        this.held = true
        break
      }
    }
    pump.touch()
  }

  onTrailers(fields: readonly Field[]): void {
    this.trailers = fields
  }

  onEnded(): void {
    if (this.receiveOver) return
    this.receiveOver = true
    if (this.request === undefined) this.endWaits = true
    else this.endRequest()
  }

  onWritable(): void {
    this.toClient.waitingSince = undefined
    this.request?.resume()
  }

  onAborted(errorCode: number): void {
    this.receiveOver = true
    this.request?.abort(errorCode)
    // The client that gives up its request has no use for the response: RFC 9114 §4.1.1.
    this.toClient.reset(REQUEST_CANCELLED)
  }

  onStopped(errorCode: number): void {
    this.toClient.over = true
    this.toClient.waitingSince = undefined
    this.request?.stop(errorCode)
  }

  onSessionClosed(): void {
    this.receiveOver = true
    this.toClient.over = true
    this.request?.abort(REQUEST_CANCELLED)
  }

  onHeaders(): void {}

  onInformational(): void {}

  onClosed(): void {}

  private endRequest(): void {
    if (this.trailers === undefined) this.request?.endBody()
    else this.request?.endWithTrailers(this.trailers)
  }
}

/** The worker's answer on its way to the client. */
class ClientSide implements ResponseSink {
  /** Nothing more is sent. */
  over = false
  /** The final headers were sent. */
  begun = false
  /** Since when the client has not made room; undefined while there is room. */
  waitingSince: number | undefined
  private readonly stream: DispatchedStream
  private readonly pump: ConnectionPump
  private readonly id: number
  private readonly listener: DispatchListener

  constructor(
    stream: DispatchedStream,
    pump: ConnectionPump,
    id: number,
    listener: DispatchListener,
  ) {
    this.stream = stream
    this.pump = pump
    this.id = id
    this.listener = listener
  }

  onInformational(fields: readonly Field[]): void {
    if (this.over) return
    this.pump.h3.sendInformational(this.id, fields)
    this.pump.touch()
  }

  onHeaders(fields: readonly Field[], ended: boolean): void {
    if (this.over) return
    this.listener.onResponse()
    this.pump.h3.sendHeaders(this.id, fields, ended)
    this.begun = true
    if (ended) this.over = true
    this.pump.touch()
  }

  onData(bytes: Uint8Array): boolean {
    if (this.over) return true
    const room = this.pump.h3.sendData(this.id, bytes, false)
    this.pump.touch()
    if (!room) this.waitingSince ??= performance.now()
    this.listener.onQueued(room)
    return room
  }

  onTrailers(fields: readonly Field[]): void {
    if (this.over) return
    this.pump.h3.sendTrailers(this.id, fields)
    this.over = true
    this.pump.touch()
  }

  onEnd(): void {
    if (this.over) return
    this.over = true
    this.pump.h3.sendData(this.id, EMPTY, true)
    this.pump.touch()
  }

  /** Also after what HTTP/3 refused to send: that was thrown, and is the end of this response only. */
  onReset(errorCode: number): void {
    this.reset(errorCode)
    this.stream.stopReading()
  }

  onWritable(): void {
    this.stream.resume()
  }

  onStopReading(): void {
    this.stream.stopReading()
  }

  onLost(headersSent: boolean): void {
    this.listener.onLost()
    if (headersSent) this.reset(INTERNAL_ERROR)
    else this.answer(503)
    this.stream.stopReading()
  }

  /** An answer of the server's own, where none has begun. */
  answer(status: number): void {
    if (this.over) return
    const fields = [
      { name: ':status', value: String(status) },
      { name: 'content-length', value: '0' },
    ]
    this.over = true
    this.pump.h3.sendHeaders(this.id, fields, true)
    this.pump.touch()
  }

  reset(errorCode: number): void {
    if (this.over) return
    this.over = true
    this.waitingSince = undefined
    this.pump.h3.resetStream(this.id, errorCode)
    this.pump.touch()
  }
}
