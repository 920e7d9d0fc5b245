import { Writer } from '../bytes/index.ts'
import { ENTRY_OVERHEAD } from './dynamic-table.ts'
import {
  writeDuplicate,
  writeInsertWithDynamicName,
  writeInsertWithLiteralName,
  writeInsertWithStaticName,
  writeSetCapacity,
} from './encoder-instructions.ts'
import { EncoderTable, type NameEntries } from './encoder-table.ts'
import { QPACK_DECODER_STREAM_ERROR, QpackError } from './errors.ts'
import type { Field } from './field.ts'
import { FieldLineWriter } from './field-line-writer.ts'
import { FieldHistory, isNeverIndexed, isVolatile } from './indexing-policy.ts'
import { InstructionBuffer } from './instruction-buffer.ts'
import {
  MAX_BLOCKING_STREAMS,
  MAX_ENCODER_STREAM_BYTES_PENDING,
  MAX_IDLE_CANCELLATIONS,
  MAX_UNACKNOWLEDGED_SECTIONS,
} from './limits.ts'
import { OutstandingSections } from './outstanding-sections.ts'
import { INCOMPLETE, PrefixReader, TOO_LARGE } from './prefix-integer.ts'

export interface QpackEncoderOptions {
  /** Bytes of dynamic table that we are willing to use, however much more the peer allows. */
  readonly maxTableCapacity: number
}

/** Of the section at work: nothing is left in it between two. */
const LINES = new FieldLineWriter()

/** Of the piece of a decoder stream at work; one serves all connections. */
const READER = new PrefixReader()

/** The encoder of one connection: turns fields into encoded field sections for the peer. */
export class QpackEncoder {
  private readonly maxTableCapacity: number
  private readonly table = new EncoderTable()
  private readonly outstanding = new OutstandingSections(this.table)
  private readonly history = new FieldHistory()
  private readonly instructions = Writer.growable(0)
  private readonly decoderStream = new InstructionBuffer()
  private peerMaxTableCapacity = 0
  private peerMaxBlockedStreams = 0
  private capacityIsSent = false
  private idleCancellations = 0
  /** Of the section at work: */
  private mayReferTo = false
  private mayBlock = false
  private requiredInsertCount = 0
  private oldestReference = Number.MAX_SAFE_INTEGER

  constructor(options: QpackEncoderOptions) {
    this.maxTableCapacity = options.maxTableCapacity
  }

  /**
   * The limits in the peer's SETTINGS, or those remembered for 0-RTT and later the real ones. Before
   * that only the static table is used.
   *
   * Throws {@link QpackError} when the peer changes a table capacity that it had promised (RFC 9204
   * §3.2.3).
   */
  setPeerLimits(maxTableCapacity: number, maxBlockedStreams: number): void {
    if (this.peerMaxTableCapacity !== 0 && maxTableCapacity !== this.peerMaxTableCapacity)
      throw new QpackError(
        QPACK_DECODER_STREAM_ERROR,
        `table capacity ${maxTableCapacity}, where ${this.peerMaxTableCapacity} was promised`,
      )
    this.peerMaxTableCapacity = maxTableCapacity
    this.peerMaxBlockedStreams = Math.min(maxBlockedStreams, MAX_BLOCKING_STREAMS)
    this.table.capacity = Math.min(maxTableCapacity, this.maxTableCapacity)
  }

  /**
   * Encodes a field section of a stream. What {@link takeEncoderStream} then gives must be sent too,
   * before the section if possible. Throws `RangeError` when a field is not latin1; nothing is lost.
   */
  encode(streamId: number, fields: readonly Field[]): Uint8Array {
    const { table, outstanding } = this
    this.idleCancellations = 0
    this.requiredInsertCount = 0
    this.oldestReference = Number.MAX_SAFE_INTEGER
    this.mayReferTo = table.capacity > 0 && outstanding.count < MAX_UNACKNOWLEDGED_SECTIONS
    // RFC 9204 §2.1.2
    this.mayBlock =
      outstanding.blockingStreams < this.peerMaxBlockedStreams || outstanding.isBlocking(streamId)
    LINES.start(table.insertCount)
    for (let i = 0; i < fields.length; i++) this.encodeField(fields[i]!)
    if (this.requiredInsertCount > 0)
      outstanding.add(streamId, this.requiredInsertCount, this.oldestReference)
    return LINES.finish(
      this.requiredInsertCount,
      Math.floor(this.peerMaxTableCapacity / ENTRY_OVERHEAD),
    )
  }

  /** What is to go out on our encoder stream; the caller owns it. */
  takeEncoderStream(): Uint8Array | undefined {
    return this.instructions.position === 0 ? undefined : this.instructions.take()
  }

  /**
   * Bytes of the peer's decoder stream, split in any way. Throws {@link QpackError} with
   * QPACK_DECODER_STREAM_ERROR.
   */
  receiveDecoderStream(bytes: Uint8Array): void {
    const joined = this.decoderStream.join(bytes)
    READER.start(joined)
    let done = 0
    while (READER.position < READER.end && this.instruction()) done = READER.position
    this.decoderStream.keep(joined, done)
    READER.release()
  }

  private encodeField(field: Field): void {
    const { name, value } = field
    if (field.sensitive === true) {
      this.writeNeverIndexed(name, value)
      return
    }
    const named = this.table.find(name)
    if (named !== undefined) {
      const staticIndex = named.staticValues?.get(value)
      if (staticIndex !== undefined) {
        LINES.indexedStatic(staticIndex)
        return
      }
      const index = named.values?.get(value)
      if (index !== undefined) {
        if (!this.mayReferTo || !this.useEntry(index)) this.writeLiteral(name, value, named)
        return
      }
    }
    if (isNeverIndexed(name, value)) {
      this.writeNeverIndexed(name, value)
      return
    }
    if (this.mayReferTo && this.shouldInsert(name, value)) {
      const index = this.insert(name, value, named)
      if (this.mayBlock) {
        this.refer(index)
        LINES.indexedDynamic(index)
        return
      }
    }
    this.writeLiteral(name, value, named)
  }

  /** Refers to an entry or to another copy of it; false when none can be referred to. */
  private useEntry(newest: number): boolean {
    const { table } = this
    let index = newest
    if (table.isDraining(index)) {
      const size = table.sizeAt(index)
      // The copy is of use at once only where it may block; otherwise the old one has to stay.
      const keepFrom = this.mayBlock ? this.oldestReference : Math.min(this.oldestReference, index)
      if (this.instructionsFit(size) && table.canInsert(size, keepFrom)) {
        writeDuplicate(this.instructions, table.insertCount - 1 - index)
        const copy = table.duplicate(index)
        if (this.mayBlock) index = copy
      }
    }
    if (!this.mayBlock)
      while (index >= table.knownReceivedCount) {
        index = table.olderCopy(index)
        if (index < 0 || !table.has(index)) return false
      }
    this.refer(index)
    LINES.indexedDynamic(index)
    return true
  }

  private shouldInsert(name: string, value: string): boolean {
    const { table } = this
    const size = name.length + value.length + ENTRY_OVERHEAD
    if (size > table.capacity - (table.capacity >>> 2) || !this.instructionsFit(size)) return false
    const again = this.history.seen(name, value)
    // A first time it costs nothing only where it can be used at once and pushes nothing out.
    if (!again && (!this.mayBlock || isVolatile(name) || !table.hasFree(size))) return false
    return table.canInsert(size, this.oldestReference)
  }

  private instructionsFit(size: number): boolean {
    return this.instructions.position + size <= MAX_ENCODER_STREAM_BYTES_PENDING
  }

  private insert(name: string, value: string, named: NameEntries | undefined): number {
    const { table, instructions } = this
    if (!this.capacityIsSent) {
      writeSetCapacity(instructions, table.capacity)
      this.capacityIsSent = true
    }
    if (named === undefined) writeInsertWithLiteralName(instructions, name, value)
    else if (named.staticIndex >= 0)
      writeInsertWithStaticName(instructions, named.staticIndex, value)
    else writeInsertWithDynamicName(instructions, table.insertCount - 1 - named.newest, value)
    return table.insert(name, value)
  }

  private refer(index: number): void {
    if (index >= this.requiredInsertCount) this.requiredInsertCount = index + 1
    if (index < this.oldestReference) this.oldestReference = index
  }

  private writeLiteral(name: string, value: string, named: NameEntries | undefined): void {
    const { table } = this
    if (named !== undefined && named.staticIndex >= 0) {
      LINES.literalWithStaticName(named.staticIndex, value, false)
      return
    }
    const newest = named === undefined ? -1 : named.newest
    if (
      newest >= 0 &&
      this.mayReferTo &&
      (this.mayBlock || newest < table.knownReceivedCount) &&
      !table.isDraining(newest)
    ) {
      this.refer(newest)
      LINES.literalWithDynamicName(newest, value)
      return
    }
    LINES.literal(name, value, false)
  }

  /** RFC 9204 §7.1.3: a literal with the N bit; no dynamic entry is touched. */
  private writeNeverIndexed(name: string, value: string): void {
    const named = this.table.find(name)
    if (named !== undefined && named.staticIndex >= 0)
      LINES.literalWithStaticName(named.staticIndex, value, true)
    else LINES.literal(name, value, true)
  }

  /** One decoder instruction (RFC 9204 §4.4); false when its end has not come yet. */
  private instruction(): boolean {
    const { outstanding, table } = this
    const first = READER.peek()
    const value = READER.integer(first & 0x80 ? 7 : 6)
    if (value === INCOMPLETE) return false
    if (value === TOO_LARGE) throw streamError('an integer of the decoder stream is too large')
    if (first & 0x80) {
      if (!outstanding.acknowledge(value))
        throw streamError(`stream ${value} has no section to acknowledge`)
    } else if (first & 0x40) {
      if (!outstanding.cancel(value) && ++this.idleCancellations > MAX_IDLE_CANCELLATIONS)
        throw streamError('too many cancellations of streams without a section')
    } else {
      if (value === 0 || value > table.insertCount - table.knownReceivedCount)
        throw streamError(`insert count increment of ${value}`)
      outstanding.received(table.knownReceivedCount + value)
    }
    return true
  }
}

function streamError(reason: string): QpackError {
  return new QpackError(QPACK_DECODER_STREAM_ERROR, reason)
}
