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
  readonly decoder: QpackDecoder
  private readonly encoder: QpackEncoder
  private readonly encoderStream: LocalStream
  private readonly decoderStream: LocalStream

  constructor(transport: StreamTransport, options: QpackOptions) {
    this.encoder = new QpackEncoder({ maxTableCapacity: options.qpackMaxTableCapacity })
    this.decoder = new QpackDecoder({
      maxTableCapacity: options.qpackMaxTableCapacity,
      maxBlockedStreams: options.qpackBlockedStreams,
      maxFieldSectionSize: options.maxFieldSectionSize,
      maxFields: options.maxFields,
    })
    this.encoderStream = new LocalStream(transport, StreamType.qpackEncoder)
    // Acknowledgements of sections are answers: a datagram of their own would cost more than they save.
    this.decoderStream = new LocalStream(transport, StreamType.qpackDecoder, true)
  }

  onSettings(settings: ReadonlyMap<number, number>): void {
    this.encoder.setPeerLimits(
      settings.get(SettingId.qpackMaxTableCapacity) ?? 0,
      settings.get(SettingId.qpackBlockedStreams) ?? 0,
    )
    this.flushEncoder()
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
    const instructions = this.decoder.takeDecoderStream()
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
    const instructions = this.encoder.takeEncoderStream()
    if (instructions !== undefined) this.encoderStream.write(instructions)
  }
}
