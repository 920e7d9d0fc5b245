import type { Socket } from 'node:net'
import { FrameDecoder, type FrameHandler } from './decoder.ts'
import { FrameWriter } from './writer.ts'

export interface BusHandler extends FrameHandler {
  /** What came is not of this bus ({@link BusError}), or was not understood. Called once. */
  onBroken(error: Error): void
  /** The other end is gone. */
  onEnd(): void
}

/** One end of the socketpair between the master and a worker. */
export class Bus {
  readonly writer: FrameWriter
  private readonly socket: Socket
  private readonly decoder: FrameDecoder
  private readonly handler: BusHandler
  private over = false

  constructor(socket: Socket, handler: BusHandler) {
    this.socket = socket
    this.handler = handler
    this.writer = new FrameWriter(socket)
    this.decoder = new FrameDecoder(handler)
    socket.on('data', (bytes: Buffer) => this.receive(bytes))
    // EPIPE and ECONNRESET: the process at the other end has died; 'close' follows.
    socket.on('error', () => this.writer.close())
    socket.on('close', () => this.end())
  }

  /** Sends what waits, and the end. */
  finish(done: () => void): void {
    this.writer.flush()
    this.writer.close()
    this.socket.end(done)
  }

  destroy(): void {
    this.writer.close()
    this.socket.destroy()
  }

  ref(): void {
    this.socket.ref()
  }

  unref(): void {
    this.socket.unref()
  }

  private receive(bytes: Buffer): void {
    if (this.over) return
    try {
      this.decoder.push(bytes)
    } catch (error) {
      this.over = true
      this.writer.close()
      this.handler.onBroken(error as Error)
    }
  }

  private end(): void {
    this.over = true
    this.writer.close()
    this.handler.onEnd()
  }
}
