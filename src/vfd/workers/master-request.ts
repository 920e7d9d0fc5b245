import type { Field } from '../../qpack/index.ts'
import { BusError, frameTypes } from '../bus/index.ts'
import { REQUEST_WINDOW, WINDOW_STEP } from './limits.ts'
import { OutgoingBody } from './outgoing-body.ts'
import type { RequestAddress } from './request-address.ts'
import { encodeFields } from './request-codec.ts'
import type { ResponseSink, WorkerRequest } from './types.ts'

const INTERNAL_ERROR = 0x102
const EMPTY = new Uint8Array(0)

/** What a request needs of the process that it is in. */
export interface RequestOwner {
  readonly id: number
  requestOver(request: MasterRequest): void
}

/** One request in a worker, seen from the master. Checks that the worker keeps to the order of a response. */
export class MasterRequest implements WorkerRequest {
  readonly address: RequestAddress
  private readonly owner: RequestOwner
  private readonly sink: ResponseSink
  private readonly body: OutgoingBody
  private headersSeen = false
  private responseOver = false
  private over = false
  /** Bytes of the response that the worker may still send. */
  private window = REQUEST_WINDOW
  /** Bytes that were taken and for which the worker has no new credit yet. */
  private taken = 0
  private blocked = false

  constructor(owner: RequestOwner, address: RequestAddress, sink: ResponseSink, ended: boolean) {
    this.owner = owner
    this.address = address
    this.sink = sink
    this.body = new OutgoingBody(address)
    if (ended) this.body.abandon()
  }

  get workerId(): number {
    return this.owner.id
  }

  get sessionId(): number {
    return this.address.sessionId
  }

  get streamId(): number {
    return this.address.streamId
  }

  writeBody(bytes: Uint8Array): boolean {
    return this.body.write(bytes, false)
  }

  endBody(): void {
    this.body.write(EMPTY, true)
    this.settle()
  }

  endWithTrailers(fields: readonly Field[]): void {
    this.body.endWithTrailers(encodeFields(fields))
    this.settle()
  }

  abort(errorCode: number): void {
    if (this.over) return
    this.address.signal(frameTypes.reset, errorCode)
    this.drop()
  }

  stop(errorCode: number): void {
    if (this.responseOver) return
    this.address.signal(frameTypes.stop, errorCode)
    this.responseOver = true
    this.settle()
  }

  resume(): void {
    if (!this.blocked) return
    this.blocked = false
    this.giveCredit()
  }

  /** Throws {@link BusError} for headers that cannot come here. */
  receiveHeaders(fields: readonly Field[], ended: boolean): void {
    if (this.responseOver) return
    if (this.headersSeen) throw new BusError('A response with two header sections')
    this.headersSeen = true
    if (ended) this.responseOver = true
    this.tell(() => this.sink.onHeaders(fields, ended))
    this.settle()
  }

  receiveInformational(fields: readonly Field[]): void {
    if (this.responseOver) return
    if (this.headersSeen) throw new BusError('An interim response after the final one')
    this.tell(() => this.sink.onInformational(fields))
  }

  receiveData(bytes: Uint8Array, last: boolean): void {
    if (this.responseOver) return
    if (!this.headersSeen) throw new BusError('A body without headers')
    this.window -= bytes.length
    if (this.window < 0) throw new BusError('A response longer than its credit')
    if (bytes.length > 0) {
      this.taken += bytes.length
      this.deliver(bytes)
    }
    if (this.responseOver) return
    if (last) {
      this.responseOver = true
      this.tell(() => this.sink.onEnd())
      this.settle()
    } else if (!this.blocked) this.giveCredit()
  }

  receiveTrailers(fields: readonly Field[]): void {
    if (this.responseOver) return
    if (!this.headersSeen) throw new BusError('Trailers without headers')
    this.responseOver = true
    this.tell(() => this.sink.onTrailers(fields))
    this.settle()
  }

  receiveReset(errorCode: number): void {
    if (this.responseOver) return
    this.responseOver = true
    this.tell(() => this.sink.onReset(errorCode))
    this.settle()
  }

  receiveStop(errorCode: number): void {
    if (this.body.over) return
    this.body.abandon()
    this.tell(() => this.sink.onStopReading(errorCode))
    this.settle()
  }

  receiveWindow(bytes: number): void {
    if (this.body.grant(bytes)) this.tell(() => this.sink.onWritable())
    this.settle()
  }

  /** The worker is gone. */
  lose(): void {
    const { headersSeen, responseOver } = this
    this.over = true
    this.responseOver = true
    this.body.abandon()
    if (!responseOver) this.sink.onLost(headersSeen)
  }

  private deliver(bytes: Uint8Array): void {
    try {
      if (!this.sink.onData(bytes)) this.blocked = true
    } catch {
      this.fail()
    }
  }

  private giveCredit(): void {
    if (this.taken < WINDOW_STEP || this.responseOver) return
    this.window += this.taken
    this.address.grant(this.taken)
    this.taken = 0
  }

  /** What the server cannot do with a response is the end of that response only. */
  private tell(action: () => void): void {
    try {
      action()
    } catch {
      this.fail()
    }
  }

  private fail(): void {
    if (this.over) return
    this.abort(INTERNAL_ERROR)
    this.sink.onReset(INTERNAL_ERROR)
  }

  private settle(): void {
    if (this.responseOver && this.body.over && !this.over) this.drop()
  }

  private drop(): void {
    this.over = true
    this.responseOver = true
    this.body.abandon()
    this.owner.requestOver(this)
  }
}
