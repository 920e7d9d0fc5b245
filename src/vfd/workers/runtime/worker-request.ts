import { type MessageTransport, ServerStream } from '../../../api/internals.ts'
import { Deque } from '../../../bytes/index.ts'
import type { Field } from '../../../qpack/index.ts'
import { frameTypes } from '../../bus/index.ts'
import { WINDOW_STEP } from '../limits.ts'
import { OutgoingBody } from '../outgoing-body.ts'
import type { RequestAddress } from '../request-address.ts'
import { encodeFields } from '../request-codec.ts'
import type { WorkerSession } from './worker-session.ts'

/** One request inside a worker: stands for HTTP/3 to the request and the response. */
export class WorkerRequestStream implements MessageTransport {
  readonly h3 = this
  readonly address: RequestAddress
  readonly session: WorkerSession
  readonly stream: ServerStream
  private readonly response: OutgoingBody
  private readonly onOver: (request: WorkerRequestStream) => void
  private readonly incoming = new Deque<Uint8Array>()
  private trailers: readonly Field[] | undefined
  private ended: boolean
  private receiveOver: boolean
  private taken = 0
  private over = false
  private readonly onDrained = (): void => this.finishReceiving()

  constructor(
    address: RequestAddress,
    session: WorkerSession,
    fields: readonly Field[],
    ended: boolean,
    onOver: (request: WorkerRequestStream) => void,
  ) {
    this.address = address
    this.session = session
    this.onOver = onOver
    this.ended = ended
    this.receiveOver = ended
    this.response = new OutgoingBody(address)
    this.stream = new ServerStream(session, this, address.streamId, fields, ended)
  }

  // What the request and the response ask for.

  sendHeaders(_id: number, fields: readonly Field[], end: boolean): void {
    if (this.response.over) return
    this.address.send(frameTypes.headers, encodeFields(fields), end)
    if (end) this.response.abandon()
    this.settle()
  }

  sendInformational(_id: number, fields: readonly Field[]): void {
    if (!this.response.over)
      this.address.send(frameTypes.informational, encodeFields(fields), false)
  }

  sendTrailers(_id: number, fields: readonly Field[]): void {
    this.response.endWithTrailers(encodeFields(fields))
    this.settle()
  }

  sendData(_id: number, bytes: Uint8Array, end: boolean): boolean {
    const room = this.response.write(bytes, end)
    this.settle()
    return room
  }

  resetStream(_id: number, errorCode: number): void {
    if (this.response.over) return
    this.response.abandon()
    this.address.signal(frameTypes.reset, errorCode)
    this.settle()
  }

  stopReading(_id: number, errorCode: number): void {
    if (this.receiveOver) return
    this.incoming.clear()
    this.receiveOver = true
    if (!this.ended) this.address.signal(frameTypes.stop, errorCode)
    this.settle()
  }

  readBody(_id: number): Uint8Array | undefined {
    const bytes = this.incoming.shift()
    if (bytes === undefined) {
      // Later: who reads may not have passed on what it has read before.
      if (this.ended) process.nextTick(this.onDrained)
      return undefined
    }
    this.taken += bytes.length
    if (this.taken >= WINDOW_STEP && !this.ended) {
      this.address.grant(this.taken)
      this.taken = 0
    }
    return bytes
  }

  touch(): void {}

  // What the master says.

  receiveData(bytes: Uint8Array, last: boolean): void {
    if (this.receiveOver) return
    if (last) this.ended = true
    if (bytes.length > 0) {
      this.incoming.push(bytes)
      this.stream.onBodyReadable()
    }
    this.finishReceiving()
  }

  receiveTrailers(fields: readonly Field[]): void {
    if (this.receiveOver) return
    this.trailers = fields
    this.ended = true
    this.finishReceiving()
  }

  receiveWindow(bytes: number): void {
    if (this.response.grant(bytes)) this.stream.onWritable()
    this.settle()
  }

  /** The client does not want the response. */
  receiveStop(): void {
    if (this.response.over) return
    this.response.abandon()
    this.stream.onStopped()
    this.settle()
  }

  /** The client gave up the request. */
  receiveReset(errorCode: number): void {
    this.receiveOver = true
    this.incoming.clear()
    this.response.abandon()
    this.stream.onAborted(errorCode, true, '')
    this.settle()
  }

  /** The end is told when everything before it was read. */
  private finishReceiving(): void {
    if (!this.ended || this.receiveOver || this.incoming.length > 0) return
    this.receiveOver = true
    if (this.trailers !== undefined) this.stream.onTrailers(this.trailers)
    this.stream.onEnded()
    this.settle()
  }

  private settle(): void {
    if (this.over || !this.receiveOver || !this.response.over) return
    this.over = true
    this.stream.onClosed()
    this.onOver(this)
  }
}
