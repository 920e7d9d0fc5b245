import { DatagramReceiver } from './datagram-receiver.ts'
import { SegmentSender } from './segment-sender.ts'
import type { SocketLibc } from './socket-libc.ts'

/** What all ports of a process share. */
export class FfiCalls {
  readonly libc: SocketLibc
  readonly sender: SegmentSender
  readonly receiver: DatagramReceiver

  constructor(libc: SocketLibc) {
    this.libc = libc
    this.sender = new SegmentSender(libc)
    this.receiver = new DatagramReceiver(libc)
  }
}
