import { IdMap } from '../bytes/index.ts'
import type { EncoderTable } from './encoder-table.ts'

class OutstandingSection {
  readonly requiredInsertCount: number
  /** The oldest entry that the section refers to. */
  readonly oldestReference: number
  next: OutstandingSection | undefined = undefined

  constructor(requiredInsertCount: number, oldestReference: number) {
    this.requiredInsertCount = requiredInsertCount
    this.oldestReference = oldestReference
  }
}

class OutstandingStream {
  first: OutstandingSection
  last: OutstandingSection
  /** The highest Required Insert Count of its sections. */
  required: number
  mayBlock = false

  constructor(section: OutstandingSection) {
    this.first = section
    this.last = section
    this.required = section.requiredInsertCount
  }
}

/**
 * The sections with dynamic references that the decoder has not acknowledged. Entries go oldest first,
 * so that a section keeps the table from evicting by its oldest reference alone: that one is pinned.
 */
export class OutstandingSections {
  private readonly table: EncoderTable
  private readonly streams = new IdMap<OutstandingStream>()
  /** Streams with a section that needs insertions not yet acknowledged. */
  private readonly blocking: OutstandingStream[] = []
  count = 0

  constructor(table: EncoderTable) {
    this.table = table
  }

  /** Streams that may be blocked at the decoder now. */
  get blockingStreams(): number {
    return this.blocking.length
  }

  isBlocking(streamId: number): boolean {
    return this.streams.get(streamId)?.mayBlock === true
  }

  add(streamId: number, requiredInsertCount: number, oldestReference: number): void {
    const section = new OutstandingSection(requiredInsertCount, oldestReference)
    this.table.pin(oldestReference)
    this.count++
    let stream = this.streams.get(streamId)
    if (stream === undefined) {
      stream = new OutstandingStream(section)
      this.streams.set(streamId, stream)
    } else {
      stream.last.next = section
      stream.last = section
      stream.required = Math.max(stream.required, requiredInsertCount)
    }
    if (!stream.mayBlock && stream.required > this.table.knownReceivedCount) {
      stream.mayBlock = true
      this.blocking.push(stream)
    }
  }

  /** Section Acknowledgment: the earliest section of the stream; false when there is none. */
  acknowledge(streamId: number): boolean {
    const stream = this.streams.get(streamId)
    if (stream === undefined) return false
    const section = stream.first
    this.table.unpin(section.oldestReference)
    this.count--
    if (section.next === undefined) this.streams.delete(streamId)
    else stream.first = section.next
    if (section.requiredInsertCount > this.table.knownReceivedCount)
      this.received(section.requiredInsertCount)
    return true
  }

  /** Stream Cancellation: all of its sections; false when there are none. */
  cancel(streamId: number): boolean {
    const stream = this.streams.get(streamId)
    if (stream === undefined) return false
    this.streams.delete(streamId)
    let section: OutstandingSection | undefined = stream.first
    while (section !== undefined) {
      this.table.unpin(section.oldestReference)
      this.count--
      section = section.next
    }
    if (stream.mayBlock) this.blocking.splice(this.blocking.indexOf(stream), 1)
    return true
  }

  /** The decoder has acknowledged `insertCount` insertions in all. */
  received(insertCount: number): void {
    this.table.knownReceivedCount = insertCount
    const { blocking } = this
    let left = 0
    for (const stream of blocking) {
      stream.mayBlock = stream.required > insertCount
      if (stream.mayBlock) blocking[left++] = stream
    }
    blocking.length = left
  }
}
