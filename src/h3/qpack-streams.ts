import { type Field, QpackDecoder, QpackEncoder } from '../qpack/index.ts'
import type { StreamTransport } from '../quic/index.ts'
import { encodeFrame, FrameType } from './frames.ts'
import { LocalStream } from './local-stream.ts'
import { SettingId } from './settings.ts'
import { StreamType } from './uni-streams.ts'

export interface QpackOptions {
  readonly qpackMaxTableCapacity: number
  readonly qpackBlockedStreams: number
  readonly maxFieldSectionSize: number
  readonly maxFields: number
}

/** The QPACK encoder and decoder of a connection, joined to the streams that keep them in step. */
export class QpackStreams {
  private readonly options: QpackOptions
  /** Both are made when they are needed: some connections wait long for their first request. */
  private madeDecoder: QpackDecoder | undefined = undefined
  private madeEncoder: QpackEncoder | undefined = undefined
  /** By the peer's SETTINGS. */
  private peerTableCapacity = 0
  private peerBlockedStreams = 0
  private readonly encoderStream: LocalStream
  private readonly decoderStream: LocalStream

  constructor(transport: StreamTransport, options: QpackOptions) {
    this.options = options
    this.encoderStream = new LocalStream(transport, StreamType.qpackEncoder)
    // Acknowledgements of sections are answers: a datagram of their own would cost more than they save.
    this.decoderStream = new LocalStream(transport, StreamType.qpackDecoder, true)
  }

  get decoder(): QpackDecoder {
    const { options } = this
    this.madeDecoder ??= new QpackDecoder({
      maxTableCapacity: options.qpackMaxTableCapacity,
      maxBlockedStreams: options.qpackBlockedStreams,
      maxFieldSectionSize: options.maxFieldSectionSize,
      maxFields: options.maxFields,
    })
    return this.madeDecoder
  }

  private get encoder(): QpackEncoder {
    if (this.madeEncoder === undefined) {
      const { qpackMaxTableCapacity } = this.options
      this.madeEncoder = new QpackEncoder({ maxTableCapacity: qpackMaxTableCapacity })
      this.madeEncoder.setPeerLimits(this.peerTableCapacity, this.peerBlockedStreams)
    }
    return this.madeEncoder
  }

  onSettings(settings: ReadonlyMap<number, number>): void {
    this.peerTableCapacity = settings.get(SettingId.qpackMaxTableCapacity) ?? 0
    this.peerBlockedStreams = settings.get(SettingId.qpackBlockedStreams) ?? 0
    this.madeEncoder?.setPeerLimits(this.peerTableCapacity, this.peerBlockedStreams)
  }

  /** A HEADERS frame. Its instructions go out before it. */
  encode(streamId: number, fields: readonly Field[]): Uint8Array {
    const section = this.encoder.encode(streamId, fields)
    this.flushEncoder()
    return encodeFrame(FrameType.headers, section)
  }

  /** The peer's decoder stream: acknowledgements of what we inserted. */
  receiveDecoderStream(bytes: Uint8Array): void {
    this.encoder.receiveDecoderStream(bytes)
    this.flushEncoder()
  }

  /** Acknowledgements and cancellations; to be called once everything at hand has been decoded. */
  flushDecoder(): void {
    const instructions = this.madeDecoder?.takeDecoderStream()
    if (instructions !== undefined) this.decoderStream.write(instructions)
  }

  /** One of our own streams has room again. */
  onWritable(streamId: number): void {
    if (streamId === this.decoderStream.id) this.decoderStream.onWritable()
    if (streamId !== this.encoderStream.id) return
    this.encoderStream.onWritable()
    this.flushEncoder()
  }

  /** Opens both streams as far as the peer lets us. */
  open(): void {
    if (!this.encoderStream.open()) return
    this.flushEncoder()
    this.decoderStream.open()
  }

  /** Whether the peer makes us acknowledge without taking the acknowledgements. */
  get isOverfull(): boolean {
    return this.decoderStream.isOverfull
  }

  /** While the stream has no room the encoder keeps its instructions, and stops making them. */
  private flushEncoder(): void {
    if (!this.encoderStream.hasRoom) return
    const instructions = this.madeEncoder?.takeEncoderStream()
    if (instructions !== undefined) this.encoderStream.write(instructions)
  }
}
