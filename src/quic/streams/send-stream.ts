import type { Writer } from '../../bytes/index.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import { streamHeaderLength, writeStreamHeader } from '../wire/index.ts'
import { SendCredit } from './flow-control.ts'
import { SendBuffer } from './send-buffer.ts'

/** The sending side of a stream (RFC 9000 §3.1). */
export class SendStream {
  readonly id: number
  readonly credit: SendCredit
  private readonly buffer = new SendBuffer()
  private finWritten = false
  private finSent = false
  private finLost = false
  private finAcked = false
  /** Set by `reset`. */
  resetCode: number | undefined = undefined
  private resetAcked = false
  /** `write` has answered false, so a `streamWritable` event is owed. */
  awaitingDrain = false
  /** What it has goes with packets that are sent anyway. */
  patient = false
  /** It stands in the queue of streams with something to send. */
  queued = false

  constructor(id: number, creditLimit: number) {
    this.id = id
    this.credit = new SendCredit(creditLimit)
  }

  get isOpenForWriting(): boolean {
    return !this.finWritten && this.resetCode === undefined
  }

  /** "Data Recvd" or "Reset Recvd": nothing is left to do. */
  get isTerminal(): boolean {
    if (this.resetCode !== undefined) return this.resetAcked
    return this.finAcked && this.buffer.allAcked
  }

  get bufferedBytes(): number {
    return this.buffer.unsent
  }

  /** Bytes that are kept to be sent, or sent again. */
  get retainedBytes(): number {
    return this.buffer.retained
  }

  /** What RESET_STREAM states as the final size: all that flow control has counted. */
  get finalSize(): number {
    return this.buffer.next
  }

  write(bytes: Uint8Array, fin: boolean): void {
    this.buffer.write(bytes)
    if (fin) this.finWritten = true
  }

  /** False when it was over already. */
  reset(errorCode: number): boolean {
    if (this.resetCode !== undefined || this.isTerminal) return false
    this.resetCode = errorCode
    this.buffer.discard()
    return true
  }

  /** Whether a STREAM frame could be sent, given credit of the connection. */
  hasPending(connectionCredit: number): boolean {
    if (this.resetCode !== undefined) return false
    if (this.buffer.hasLost || this.finLost) return true
    if (this.buffer.unsent > 0) return connectionCredit > 0 && this.credit.available > 0
    return this.finWritten && !this.finSent
  }

  /** Whether it has bytes that only the credit of this stream holds back. */
  get isBlockedByStream(): boolean {
    return this.resetCode === undefined && this.buffer.unsent > 0 && this.credit.available <= 0
  }

  get isBlockedByConnection(): boolean {
    return this.resetCode === undefined && this.buffer.unsent > 0 && this.credit.available > 0
  }

  /**
   * Writes one STREAM frame if there is anything to send and room for it.
   * @returns bytes sent for the first time, which count against the connection's credit; -1 if no
   *   frame was written
   */
  writeFrame(writer: Writer, packet: SentPacket, connectionCredit: number): number {
    const { buffer } = this
    if (this.resetCode !== undefined) return -1
    const offset = buffer.nextOffset()
    const isRetransmission = buffer.hasLost
    let length = buffer.nextLength(Number.MAX_SAFE_INTEGER)
    if (!isRetransmission) length = Math.min(length, this.credit.available, connectionCredit)
    const room = writer.remaining - streamHeaderLength(this.id, offset, Math.min(length, 16_383))
    if (room < 0) return -1
    length = Math.min(length, room)
    const fin = this.finWritten && offset + length === buffer.end && (!this.finSent || this.finLost)
    if (length <= 0 && !fin) return -1
    writeStreamHeader(writer, this.id, offset, length, fin)
    if (length > 0) buffer.take(length, writer.bytes, writer.reserve(length))
    packet.record(SentFrame.stream, this.id, offset, length * 2 + (fin ? 1 : 0))
    if (fin) {
      this.finSent = true
      this.finLost = false
    }
    if (isRetransmission) return 0
    this.credit.used += length
    return length
  }

  onAcked(offset: number, length: number, fin: boolean): void {
    if (fin) {
      this.finAcked = true
      this.finLost = false
    }
    if (length > 0 && this.resetCode === undefined) this.buffer.onAcked(offset, length)
  }

  onLost(offset: number, length: number, fin: boolean): void {
    if (this.resetCode !== undefined) return
    if (fin && !this.finAcked) this.finLost = true
    if (length > 0) this.buffer.onLost(offset, length)
  }

  onResetAcked(): void {
    this.resetAcked = true
  }
}
