import type { Socket } from 'node:net'
import { ERROR, ONCE, READ, WRITE } from './event-mask.ts'

/** What to do about the events of one descriptor. */
export interface WatchHandlers {
  /** What was read; empty when the other end is closed and nobody handles errors. */
  read?(fd: number, data: Uint8Array): void
  /** The descriptor takes more. */
  write?(fd: number): void
  /** The other end is closed, or the descriptor failed. Nothing comes after it. */
  error?(fd: number): void
}

const NOTHING = new Uint8Array(0)

/** One descriptor in a reactor, through the stream that owns it. */
export class Watch {
  readonly fd: number
  readonly socket: Socket
  handlers: WatchHandlers
  events: number
  /** No handler runs any more, whatever had happened before. */
  removed = false
  private readonly onEvent: (watch: Watch) => void
  private readonly onData = (data: Buffer) => this.read(data)
  private readonly onDrain = () => this.onEvent(this)
  private readonly onEnd = () => this.fail()
  private failed = false

  /** @param onEvent called after each event, once its handler has run */
  constructor(
    fd: number,
    socket: Socket,
    handlers: WatchHandlers,
    events: number,
    onEvent: (watch: Watch) => void,
  ) {
    this.fd = fd
    this.socket = socket
    this.handlers = handlers
    this.events = events
    this.onEvent = onEvent
    socket.on('data', this.onData)
    socket.on('drain', this.onDrain)
    socket.on('end', this.onEnd)
    socket.on('close', this.onEnd)
    this.update()
  }

  get canWrite(): boolean {
    return (
      !this.removed &&
      (this.events & WRITE) !== 0 &&
      !this.socket.writableNeedDrain &&
      this.socket.writable
    )
  }

  /** Reads, or not, as the mask says. An end is only seen by reading. */
  update(): void {
    if ((this.events & (READ | ERROR)) !== 0) this.socket.resume()
    else this.socket.pause()
  }

  write(): void {
    this.deliver(WRITE, NOTHING)
  }

  remove(): void {
    this.removed = true
    const { socket } = this
    socket.removeListener('data', this.onData)
    socket.removeListener('drain', this.onDrain)
    socket.removeListener('end', this.onEnd)
    socket.removeListener('close', this.onEnd)
    socket.pause()
  }

  private read(data: Uint8Array): void {
    if ((this.events & READ) !== 0) this.deliver(READ, data)
  }

  private fail(): void {
    if (this.failed) return
    this.failed = true
    if ((this.events & (READ | WRITE | ERROR)) !== 0) this.deliver(ERROR, NOTHING)
  }

  private deliver(event: number, data: Uint8Array): void {
    if (this.removed) return
    const once = (this.events & ONCE) !== 0
    try {
      this.call(event, data)
    } finally {
      // Unless the handler asked for more.
      if (once && (this.events & ONCE) !== 0) this.events = 0
      this.onEvent(this)
    }
  }

  private call(event: number, data: Uint8Array): void {
    const { handlers, fd } = this
    if (event === WRITE) handlers.write?.(fd)
    else if (event === READ) handlers.read?.(fd, data)
    // Swoole's order: the error handler, or that for reading, or that for writing.
    else if (handlers.error !== undefined) handlers.error(fd)
    else if (handlers.read !== undefined) handlers.read(fd, data)
    else handlers.write?.(fd)
  }
}
