/** The other end of the bus in bus.ts: sends back what comes. */
import { Socket } from 'node:net'
import { Bus, type BusHandler, type FrameHead, frameTypes } from '../src/vfd/bus/index.ts'

class Echo implements BusHandler {
  private readonly bus = new Bus(new Socket({ fd: 3, readable: true, writable: true }), this)

  onMessage(head: FrameHead, payload: Uint8Array): void {
    this.bus.writer.send(frameTypes.finish, 0, head.sessionId, 0, head.messageId, 0, payload)
  }

  onData(): void {}

  onBroken(error: Error): void {
    throw error
  }

  onEnd(): void {
    process.exit()
  }
}

new Echo()
