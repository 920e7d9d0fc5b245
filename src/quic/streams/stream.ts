import type { ReceiveStream } from './receive-stream.ts'
import type { SendStream } from './send-stream.ts'

/** One stream: both sides of a bidirectional one, one of a unidirectional one. */
export class Stream {
  readonly id: number
  readonly send: SendStream | undefined
  readonly receive: ReceiveStream | undefined

  constructor(id: number, send: SendStream | undefined, receive: ReceiveStream | undefined) {
    this.id = id
    this.send = send
    this.receive = receive
  }

  get isTerminal(): boolean {
    return (this.send?.isTerminal ?? true) && (this.receive?.isTerminal ?? true)
  }
}
