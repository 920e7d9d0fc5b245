import { Writer } from '../bytes/index.ts'
import {
  writeInsertCountIncrement,
  writeSectionAcknowledgment,
  writeStreamCancellation,
} from './decoder-instructions.ts'
import { DynamicTable, ENTRY_OVERHEAD } from './dynamic-table.ts'
import { EncoderStreamReader } from './encoder-stream-reader.ts'
import {
  FieldSectionTooLargeError,
  QPACK_DECOMPRESSION_FAILED,
  QPACK_ENCODER_STREAM_ERROR,
  QpackError,
} from './errors.ts'
import type { Field } from './field.ts'
import { FieldSectionReader } from './field-section-reader.ts'
import { KeptSections } from './kept-sections.ts'
import {
  DEFAULT_MAX_FIELDS,
  MAX_ENCODER_STREAM_BYTES_WITHOUT_SECTION,
  MAX_KEPT_SECTION_FACTOR,
} from './limits.ts'

export interface QpackDecoderOptions {
  /** Bytes of dynamic table that our SETTINGS allow the peer. */
  readonly maxTableCapacity: number
  /** Streams that our SETTINGS allow to be blocked at a time. */
  readonly maxBlockedStreams: number
  /** Bytes that a decoded section may have: names, values and 32 a line. */
  readonly maxFieldSectionSize: number
  /** Field lines that a section may have; 128 by default. */
  readonly maxFields?: number
  /**
   * The capacity before the first Set Dynamic Table Capacity; 0, as RFC 9204 has it, by default. Only
   * recordings made under older drafts need another.
   */
  readonly initialCapacity?: number
}

export interface UnblockedSection {
  readonly streamId: number
  readonly fields: readonly Field[]
}

/** The decoder of one connection: turns the peer's encoded field sections into fields. */
export class QpackDecoder {
  private readonly table: DynamicTable<Field>
  private readonly encoderStream: EncoderStreamReader
  private readonly sections: FieldSectionReader
  private readonly kept: KeptSections
  private readonly output = Writer.growable(0)
  private readonly maxTableCapacity: number
  private readonly maxBlockedStreams: number
  private readonly maxIdleBytes: number
  /** Encoder-stream bytes since a section was last completed. */
  private idleBytes = 0
  /** What the peer's encoder knows of our insert count (RFC 9204 §2.1.4). */
  private knownReceivedCount = 0

  constructor(options: QpackDecoderOptions) {
    const { maxTableCapacity, maxBlockedStreams, maxFieldSectionSize } = options
    this.maxTableCapacity = maxTableCapacity
    this.maxBlockedStreams = maxBlockedStreams
    this.maxIdleBytes = Math.max(MAX_ENCODER_STREAM_BYTES_WITHOUT_SECTION, 2 * maxTableCapacity)
    this.table = new DynamicTable<Field>(options.initialCapacity ?? 0)
    this.encoderStream = new EncoderStreamReader(this.table, maxTableCapacity)
    this.sections = new FieldSectionReader(
      this.table,
      Math.floor(maxTableCapacity / ENTRY_OVERHEAD),
      maxFieldSectionSize,
      options.maxFields ?? DEFAULT_MAX_FIELDS,
    )
    this.kept = new KeptSections(MAX_KEPT_SECTION_FACTOR * maxFieldSectionSize)
  }

  /**
   * Decodes a field section, all of it, in the order of its stream. Undefined when it waits for the
   * encoder stream: a copy of it is kept, and {@link takeUnblocked} will have it.
   *
   * Throws {@link QpackError} (close the connection) and {@link FieldSectionTooLargeError} (this
   * stream alone; nothing of it is kept any more).
   */
  decode(streamId: number, section: Uint8Array): readonly Field[] | undefined {
    const required = this.sections.readRequiredInsertCount(section)
    const { insertCount } = this.table
    if (required <= insertCount && !this.kept.has(streamId))
      return this.complete(streamId, section, required)
    // RFC 9204 §2.1.2
    if (
      this.kept.wouldBlock(streamId, required, insertCount) &&
      this.kept.blockedStreams >= this.maxBlockedStreams
    )
      throw new QpackError(
        QPACK_DECOMPRESSION_FAILED,
        `more than ${this.maxBlockedStreams} streams are blocked`,
      )
    if (!this.kept.keep(streamId, section, required, insertCount)) {
      this.cancelStream(streamId)
      throw new FieldSectionTooLargeError(streamId, 'a blocked field section is too large to keep')
    }
    return undefined
  }

  /** Bytes of the peer's encoder stream, split in any way. Throws {@link QpackError}. */
  receiveEncoderStream(bytes: Uint8Array): void {
    this.idleBytes += bytes.length
    if (this.idleBytes > this.maxIdleBytes)
      throw new QpackError(
        QPACK_ENCODER_STREAM_ERROR,
        `${this.idleBytes} bytes of encoder stream and no field section`,
      )
    const before = this.table.insertCount
    this.encoderStream.receive(bytes)
    if (this.table.insertCount > before) this.kept.advance(this.table.insertCount)
  }

  /** A section that waited and is now decoded, the first of its stream. Throws as {@link decode} does. */
  takeUnblocked(): UnblockedSection | undefined {
    const streamId = this.kept.nextReady()
    if (streamId === undefined) return undefined
    const section = this.kept.takeReady(this.table.insertCount)
    const fields = this.complete(streamId, section.bytes, section.requiredInsertCount)
    return { streamId, fields }
  }

  /** Reading of the stream is over before its end: reset or no longer wanted (RFC 9204 §2.2.2.2). */
  cancelStream(streamId: number): void {
    this.kept.drop(streamId)
    if (this.maxTableCapacity > 0) writeStreamCancellation(this.output, streamId)
  }

  /** What is to go out on our decoder stream; the caller owns it. */
  takeDecoderStream(): Uint8Array | undefined {
    const { output, table } = this
    // As late as can be: acknowledgments of sections say most of it (RFC 9204 §2.2.2.3).
    if (table.insertCount > this.knownReceivedCount) {
      writeInsertCountIncrement(output, table.insertCount - this.knownReceivedCount)
      this.knownReceivedCount = table.insertCount
    }
    return output.position === 0 ? undefined : output.take()
  }

  private complete(streamId: number, section: Uint8Array, required: number): readonly Field[] {
    const fields = this.sections.read(section, required)
    this.idleBytes = 0
    if (required > 0) {
      // Also for a section that is too large: its references are no longer needed (RFC 9204 §4.4.1).
      writeSectionAcknowledgment(this.output, streamId)
      if (required > this.knownReceivedCount) this.knownReceivedCount = required
    }
    if (fields === undefined)
      throw new FieldSectionTooLargeError(streamId, 'the field section is larger than allowed')
    return fields
  }
}
