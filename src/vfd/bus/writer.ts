import { FrameHead, type FrameType, frameFlags, HEAD_LENGTH, writeHead } from './frame.ts'
import { MAX_FRAME_PAYLOAD, MAX_MESSAGE_LENGTH } from './limits.ts'

/** What the writer needs of a socket. */
export interface BusSocket {
  readonly writableLength: number
  write(bytes: Uint8Array): boolean
  cork(): void
  uncork(): void
}

/** Heads and small payloads are gathered in pieces of memory of this size. */
const SLAB_LENGTH = 32 * 1024

/** A payload up to this length is cheaper to copy than to pass to writev as a piece of its own. */
const COPY_LIMIT = 2048

const EMPTY = new Uint8Array(0)

/**
 * Writes frames; all of one turn of the event loop leave in one system call. Large payloads are not
 * copied: the caller does not change them afterwards.
 */
export class FrameWriter {
  private readonly socket: BusSocket
  private readonly head = new FrameHead()
  private slab = Buffer.allocUnsafeSlow(SLAB_LENGTH)
  /** What of the slab waits to be sent. */
  private slabStart = 0
  private slabEnd = 0
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private immediate: NodeJS.Immediate | undefined = undefined
  private held = false
  private closed = false
  private readonly onTurnEnd = (): void => this.flush()

  constructor(socket: BusSocket) {
    this.socket = socket
  }

  /** Bytes that have been sent and that the other process has not taken into its pipe. */
  get queuedBytes(): number {
    return this.socket.writableLength + this.waitingBytes
  }

  /**
   * Sends one message. Of `data` frames the pieces are cut as they come; other messages are put
   * together again at the other end. Throws `RangeError` where one is longer than the limit.
   */
  send(
    type: FrameType,
    flags: number,
    sessionId: number,
    streamId: number,
    messageId: number,
    value = 0,
    payload: Uint8Array = EMPTY,
    workerId = -1,
  ): void {
    if (this.closed) return
    const { head } = this
    head.type = type
    head.sessionId = sessionId
    head.streamId = streamId
    head.messageId = messageId
    head.messageLength = payload.length
    head.value = value
    head.workerId = workerId
    head.time = Date.now() / 1000
    if (payload.length <= MAX_FRAME_PAYLOAD) {
      head.flags = flags
      this.put(payload)
    } else this.putChunks(flags, payload)
    this.immediate ??= setImmediate(this.onTurnEnd)
  }

  /** Sends now what waits for the end of the turn. */
  flush(): void {
    if (this.immediate !== undefined) {
      clearImmediate(this.immediate)
      this.immediate = undefined
    }
    if (this.closed || this.held) return
    this.takeSlab()
    const { socket, waiting } = this
    if (waiting.length === 0) return
    this.waiting = []
    this.waitingBytes = 0
    if (waiting.length === 1) {
      socket.write(waiting[0]!)
      return
    }
    socket.cork()
    for (const bytes of waiting) socket.write(bytes)
    socket.uncork()
  }

  /** Keeps what is sent from now on until {@link release}. */
  hold(): void {
    this.flush()
    this.held = true
  }

  release(): void {
    this.held = false
    this.flush()
  }

  /** Sends nothing any more. */
  close(): void {
    this.closed = true
    this.waiting = []
    this.waitingBytes = 0
  }

  private putChunks(flags: number, payload: Uint8Array): void {
    const { length } = payload
    if (length > MAX_MESSAGE_LENGTH) {
      throw new RangeError(`A message of ${length} bytes is more than ${MAX_MESSAGE_LENGTH}`)
    }
    for (let at = 0; at < length; at += MAX_FRAME_PAYLOAD) {
      const end = Math.min(at + MAX_FRAME_PAYLOAD, length)
      this.head.flags =
        flags |
        frameFlags.chunk |
        (at === 0 ? frameFlags.begin : 0) |
        (end === length ? frameFlags.end : 0)
      this.put(payload.subarray(at, end))
    }
  }

  private put(payload: Uint8Array): void {
    const copied = payload.length <= COPY_LIMIT
    const needed = copied ? HEAD_LENGTH + payload.length : HEAD_LENGTH
    if (this.slabEnd + needed > SLAB_LENGTH) {
      this.takeSlab()
      this.slab = Buffer.allocUnsafeSlow(SLAB_LENGTH)
      this.slabStart = 0
      this.slabEnd = 0
    }
    this.head.payloadLength = payload.length
    writeHead(this.slab, this.slabEnd, this.head)
    if (copied) this.slab.set(payload, this.slabEnd + HEAD_LENGTH)
    this.slabEnd += needed
    this.waitingBytes += HEAD_LENGTH + payload.length
    if (copied) return
    this.takeSlab()
    this.waiting.push(payload)
  }

  private takeSlab(): void {
    if (this.slabStart === this.slabEnd) return
    this.waiting.push(this.slab.subarray(this.slabStart, this.slabEnd))
    this.slabStart = this.slabEnd
  }
}
