import { TransportError, TransportErrorCode } from '../errors.ts'
import type { ReceiveWindow } from './flow-control.ts'
import { ReceiveBuffer } from './receive-buffer.ts'

/** The receiving side of a stream (RFC 9000 §3.2). */
export class ReceiveStream {
  readonly id: number
  readonly window: ReceiveWindow
  private readonly buffer = new ReceiveBuffer()
  private finalSize: number | undefined = undefined
  private resetReceived = false
  /** STOP_SENDING was asked for: what comes is counted and dropped. */
  stopCode: number | undefined = undefined
  /** `streamReadable` was told and `read` has not run dry since. */
  readableTold = false

  constructor(id: number, window: ReceiveWindow) {
    this.id = id
    this.window = window
  }

  /** The peer has nothing more to say, or what it says is dropped once its end is known. */
  get isTerminal(): boolean {
    if (this.resetReceived) return true
    if (this.finalSize === undefined) return false
    if (this.stopCode !== undefined) return this.buffer.contiguousEnd === this.finalSize
    return this.buffer.readOffset === this.finalSize
  }

  get hasReadable(): boolean {
    if (this.resetReceived || this.stopCode !== undefined) return false
    return this.buffer.hasReadable || this.isFinished
  }

  /** FIN came, and all before it has been read. */
  get isFinished(): boolean {
    return (
      !this.resetReceived &&
      this.finalSize !== undefined &&
      this.buffer.readOffset === this.finalSize
    )
  }

  get finalSizeKnown(): boolean {
    return this.finalSize !== undefined
  }

  /**
   * Takes the data of a STREAM frame.
   * @returns how far the highest offset moved, to be counted against the connection's window
   * @throws TransportError FINAL_SIZE_ERROR, FLOW_CONTROL_ERROR
   */
  onData(offset: number, bytes: Uint8Array, fin: boolean): number {
    const end = offset + bytes.length
    this.checkFinalSize(end, fin)
    const fresh = Math.max(0, end - this.window.received)
    if (fresh > 0) this.window.onReceived(fresh)
    if (fin) this.finalSize = end
    if (this.resetReceived) return fresh
    this.buffer.insert(offset, bytes)
    if (this.buffer.isScattered) {
      throw new TransportError(TransportErrorCode.internalError, 'too many gaps in a stream')
    }
    if (this.stopCode !== undefined) this.dropBuffered()
    return fresh
  }

  /** @returns as `onData` does; undefined when the stream was over or reset already */
  onReset(finalSize: number): number | undefined {
    this.checkFinalSize(finalSize, true)
    const fresh = Math.max(0, finalSize - this.window.received)
    if (fresh > 0) this.window.onReceived(fresh)
    const known = this.resetReceived || this.isTerminal
    this.finalSize = finalSize
    if (known) return undefined
    this.resetReceived = true
    this.buffer.discard()
    return fresh
  }

  private checkFinalSize(end: number, isFinal: boolean): void {
    const { finalSize } = this
    const wrong =
      finalSize === undefined
        ? isFinal && end < this.window.received
        : end > finalSize || (isFinal && end !== finalSize)
    if (wrong) throw new TransportError(TransportErrorCode.finalSizeError, 'final size changed')
  }

  read(): Uint8Array | undefined {
    if (this.resetReceived || this.stopCode !== undefined) return undefined
    return this.buffer.read()
  }

  /** From now on what comes is dropped. Returns the bytes dropped now. */
  stop(errorCode: number): void {
    this.stopCode = errorCode
    this.dropBuffered()
  }

  private dropBuffered(): void {
    while (this.buffer.read() !== undefined);
  }

  /** Bytes for which the connection's window has not been credited yet; asking credits them. */
  takeUncredited(): number {
    const reached = this.resetReceived ? this.window.received : this.buffer.readOffset
    const bytes = reached - this.window.consumed
    if (bytes > 0) this.window.onConsumed(bytes)
    return bytes
  }
}
