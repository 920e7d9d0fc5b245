import { Deque, IdMap } from '../bytes/index.ts'
import { KEPT_SECTION_OVERHEAD } from './limits.ts'

interface KeptSection {
  readonly bytes: Uint8Array
  readonly requiredInsertCount: number
}

class KeptStream {
  readonly streamId: number
  readonly sections = new Deque<KeptSection>()
  /** The highest Required Insert Count of its sections. */
  required = 0
  bytes = 0
  isBlocked = false
  /** Whether it is in the queue of streams whose first section can be decoded. */
  isReady = false
  isCancelled = false

  constructor(streamId: number) {
    this.streamId = streamId
  }
}

/** Sections that wait for entries of the table, stream by stream in their order (RFC 9204 §2.2.1). */
export class KeptSections {
  private readonly streams = new IdMap<KeptStream>()
  private readonly ready = new Deque<KeptStream>()
  private readonly maxBytesPerStream: number
  /** Streams of which some section needs more entries than the table has seen. */
  blockedStreams = 0

  constructor(maxBytesPerStream: number) {
    this.maxBytesPerStream = maxBytesPerStream
  }

  has(streamId: number): boolean {
    return this.streams.has(streamId)
  }

  /** Whether the section of this stream would make one more stream blocked. */
  wouldBlock(streamId: number, requiredInsertCount: number, insertCount: number): boolean {
    return requiredInsertCount > insertCount && this.streams.get(streamId)?.isBlocked !== true
  }

  /** Keeps a copy of the section; false when the stream would keep too much. */
  keep(
    streamId: number,
    section: Uint8Array,
    requiredInsertCount: number,
    insertCount: number,
  ): boolean {
    const stream = this.streams.get(streamId) ?? new KeptStream(streamId)
    const bytes = stream.bytes + section.length + KEPT_SECTION_OVERHEAD
    if (bytes > this.maxBytesPerStream) return false
    stream.bytes = bytes
    stream.sections.push({ bytes: section.slice(), requiredInsertCount })
    stream.required = Math.max(stream.required, requiredInsertCount)
    this.streams.set(streamId, stream)
    if (!stream.isBlocked && stream.required > insertCount) {
      stream.isBlocked = true
      this.blockedStreams++
    }
    return true
  }

  /** The table has grown: notes which streams can go on. */
  advance(insertCount: number): void {
    for (const stream of this.streams.values()) {
      if (stream.isBlocked && stream.required <= insertCount) {
        stream.isBlocked = false
        this.blockedStreams--
      }
      if (!stream.isReady && stream.sections.peek()!.requiredInsertCount <= insertCount) {
        stream.isReady = true
        this.ready.push(stream)
      }
    }
  }

  /** The stream whose first section is to be decoded next. */
  nextReady(): number | undefined {
    for (;;) {
      const stream = this.ready.peek()
      if (stream === undefined || !stream.isCancelled) return stream?.streamId
      this.ready.shift()
    }
  }

  /** Takes the first section of {@link nextReady}. */
  takeReady(insertCount: number): KeptSection {
    const stream = this.ready.peek()!
    const section = stream.sections.shift()!
    stream.bytes -= section.bytes.length + KEPT_SECTION_OVERHEAD
    const next = stream.sections.peek()
    if (next === undefined || next.requiredInsertCount > insertCount) {
      stream.isReady = false
      this.ready.shift()
    }
    if (next === undefined) this.streams.delete(stream.streamId)
    return section
  }

  drop(streamId: number): void {
    const stream = this.streams.get(streamId)
    if (stream === undefined) return
    this.streams.delete(streamId)
    if (stream.isBlocked) this.blockedStreams--
    stream.isCancelled = true
  }
}
