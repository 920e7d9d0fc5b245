import { Deque, SparseSet, type Writer } from '../../bytes/index.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import {
  writeDataBlocked,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writeResetStream,
  writeStopSending,
  writeStreamDataBlocked,
  writeStreamsBlocked,
} from '../wire/index.ts'
import type { ReceiveWindow, SendCredit } from './flow-control.ts'
import type { SendStream } from './send-stream.ts'
import type { Stream } from './stream.ts'
import type { LocalStreams, RemoteStreams } from './stream-limits.ts'

/** The longest control frame that is written here: a type and three varints. */
const MAX_CONTROL_FRAME = 25

/** What a patient stream may keep: the acknowledgements of some 20 field sections (RFC 9204 §4.4.1). */
const PATIENT_BYTES = 32

const KINDS = ['bidi', 'uni'] as const

interface StreamLookup {
  get(id: number): Stream | undefined
  closeIfTerminal(stream: Stream): void
  onBufferDrained(send: SendStream): void
}

interface ByKind<T> {
  readonly bidi: T
  readonly uni: T
}

/**
 * What streams have to send: their data in turns, and the frames of flow control. Nothing here is a queue
 * of frames: each kind is owed once for a stream, or once in all, and written as things stand when it goes
 * out. So a peer that lets nothing out can make us owe no more than it has streams.
 */
export class StreamOutput {
  /** Streams with data that may go out, each in it at most once. */
  private readonly ready = new Deque<SendStream>()
  /** The same of those that wait for a packet that asks for an acknowledgement anyway. */
  private readonly patient = new Deque<SendStream>()
  /** Streams that only the connection's credit holds back. */
  private readonly blocked = new SparseSet<SendStream>()
  private readonly resets = new SparseSet<number>()
  private readonly stops = new SparseSet<number>()
  private readonly maxStreamData = new SparseSet<number>()
  private readonly streamsBlockedByStream = new SparseSet<SendStream>()
  /** A MAX_DATA or MAX_STREAMS frame was lost and its limit is still the newest. */
  private maxDataLost = false
  private readonly maxStreamsLost = { bidi: false, uni: false }
  private readonly lookup: StreamLookup
  private readonly credit: SendCredit
  private readonly window: ReceiveWindow
  private readonly local: ByKind<LocalStreams>
  private readonly remote: ByKind<RemoteStreams>

  constructor(
    lookup: StreamLookup,
    credit: SendCredit,
    window: ReceiveWindow,
    local: ByKind<LocalStreams>,
    remote: ByKind<RemoteStreams>,
  ) {
    this.lookup = lookup
    this.credit = credit
    this.window = window
    this.local = local
    this.remote = remote
  }

  enqueue(send: SendStream): void {
    if (send.queued) return
    if (send.hasPending(this.credit.available)) {
      send.queued = true
      if (send.patient) this.patient.push(send)
      else this.ready.push(send)
    } else if (send.isBlockedByConnection) {
      this.blocked.add(send)
    } else if (send.isBlockedByStream) {
      this.streamsBlockedByStream.add(send)
    }
  }

  onConnectionCredit(): void {
    const waiting = [...this.blocked.values()]
    this.blocked.clear()
    for (const send of waiting) this.enqueue(send)
  }

  needsReset(send: SendStream): void {
    this.resets.add(send.id)
    this.blocked.delete(send)
  }

  needsStopSending(id: number): void {
    this.stops.add(id)
  }

  needsMaxStreamData(id: number): void {
    this.maxStreamData.add(id)
  }

  /** A stream is over: nothing is owed for it, and a peer that lets nothing out must not make that add up. */
  onClosed(stream: Stream): void {
    const { id, send } = stream
    this.resets.delete(id)
    this.stops.delete(id)
    this.maxStreamData.delete(id)
    if (send !== undefined) this.streamsBlockedByStream.delete(send)
  }

  get hasStreamData(): boolean {
    return this.ready.length > 0
  }

  /** Whether so much waits for a packet with something else that an acknowledgement has to take it. */
  get isPatienceOver(): boolean {
    const first = this.patient.peek()
    return first !== undefined && first.bufferedBytes >= PATIENT_BYTES
  }

  get hasControl(): boolean {
    return (
      this.resets.size > 0 ||
      this.stops.size > 0 ||
      this.maxStreamData.size > 0 ||
      this.streamsBlockedByStream.size > 0 ||
      (this.blocked.size > 0 && this.credit.isBlockedUnreported) ||
      this.local.bidi.isBlockedUnreported ||
      this.local.uni.isBlockedUnreported ||
      this.maxDataLost ||
      this.window.shouldUpdate ||
      this.remote.bidi.shouldUpdate ||
      this.remote.uni.shouldUpdate ||
      this.maxStreamsLost.bidi ||
      this.maxStreamsLost.uni
    )
  }

  /** Writes as many control frames as fit. */
  writeControl(writer: Writer, packet: SentPacket, now: number, smoothedRtt: number): void {
    if (writer.remaining < MAX_CONTROL_FRAME) return
    if (this.maxDataLost || this.window.shouldUpdate) {
      this.maxDataLost = false
      writeMaxData(writer, this.window.update(now, smoothedRtt))
      packet.record(SentFrame.maxData)
    }
    for (const [index, kind] of KINDS.entries()) {
      if (writer.remaining < MAX_CONTROL_FRAME) return
      const remote = this.remote[kind]
      if (remote.shouldUpdate || this.maxStreamsLost[kind]) {
        this.maxStreamsLost[kind] = false
        writeMaxStreams(writer, kind === 'bidi', remote.update())
        packet.record(SentFrame.maxStreams, index)
      }
    }
    this.writeBlocked(writer, packet)
    this.writePerStream(writer, packet, now, smoothedRtt)
  }

  private writeBlocked(writer: Writer, packet: SentPacket): void {
    if (writer.remaining < 3 * MAX_CONTROL_FRAME) return
    if (this.blocked.size > 0 && this.credit.shouldReportBlocked()) {
      writeDataBlocked(writer, this.credit.limit)
      packet.record(SentFrame.dataBlocked)
    }
    for (const [index, kind] of KINDS.entries()) {
      const local = this.local[kind]
      if (!local.shouldReportBlocked()) continue
      writeStreamsBlocked(writer, kind === 'bidi', local.limit)
      packet.record(SentFrame.streamsBlocked, index)
    }
  }

  private writePerStream(
    writer: Writer,
    packet: SentPacket,
    now: number,
    smoothedRtt: number,
  ): void {
    for (const id of this.resets.values()) {
      if (writer.remaining < MAX_CONTROL_FRAME) return
      this.resets.delete(id)
      const send = this.lookup.get(id)?.send
      if (send?.resetCode === undefined) continue
      writeResetStream(writer, id, send.resetCode, send.finalSize)
      packet.record(SentFrame.resetStream, id)
    }
    for (const id of this.stops.values()) {
      if (writer.remaining < MAX_CONTROL_FRAME) return
      this.stops.delete(id)
      const receive = this.lookup.get(id)?.receive
      if (receive?.stopCode === undefined || receive.isTerminal) continue
      writeStopSending(writer, id, receive.stopCode)
      packet.record(SentFrame.stopSending, id)
    }
    for (const id of this.maxStreamData.values()) {
      if (writer.remaining < MAX_CONTROL_FRAME) return
      this.maxStreamData.delete(id)
      const receive = this.lookup.get(id)?.receive
      if (receive === undefined || receive.finalSizeKnown) continue
      writeMaxStreamData(writer, id, receive.window.update(now, smoothedRtt))
      packet.record(SentFrame.maxStreamData, id)
    }
    for (const send of this.streamsBlockedByStream.values()) {
      if (writer.remaining < MAX_CONTROL_FRAME) return
      this.streamsBlockedByStream.delete(send)
      if (!send.isBlockedByStream || !send.credit.shouldReportBlocked()) continue
      writeStreamDataBlocked(writer, send.id, send.credit.limit)
      packet.record(SentFrame.streamDataBlocked, send.id)
    }
  }

  /** Fills the packet with STREAM frames, one a stream in turn. */
  writeStreams(writer: Writer, packet: SentPacket): void {
    // First those that have waited.
    this.writeQueue(this.patient, writer, packet)
    this.writeQueue(this.ready, writer, packet)
  }

  private writeQueue(queue: Deque<SendStream>, writer: Writer, packet: SentPacket): void {
    for (let turns = queue.length; turns > 0; turns--) {
      const send = queue.peek()!
      const sent = send.writeFrame(writer, packet, this.credit.available)
      if (sent < 0 && send.hasPending(this.credit.available)) return // no room: it stays first
      queue.shift()
      send.queued = false
      if (sent > 0) this.credit.used += sent
      this.enqueue(send)
      this.lookup.onBufferDrained(send)
    }
  }

  // What became of frames.

  onAcked(packet: SentPacket, index: number): void {
    const id = packet.frame(index, 1)
    const stream = this.lookup.get(id)
    if (stream?.send === undefined) return
    if (packet.frame(index, 0) === SentFrame.resetStream) {
      stream.send.onResetAcked()
    } else {
      const lengthAndFin = packet.frame(index, 3)
      stream.send.onAcked(packet.frame(index, 2), lengthAndFin >>> 1, (lengthAndFin & 1) === 1)
      this.lookup.onBufferDrained(stream.send)
    }
    this.lookup.closeIfTerminal(stream)
  }

  onLost(packet: SentPacket, index: number): void {
    const kind = packet.frame(index, 0)
    const a = packet.frame(index, 1)
    switch (kind) {
      case SentFrame.stream: {
        const send = this.lookup.get(a)?.send
        if (send === undefined) return
        const lengthAndFin = packet.frame(index, 3)
        send.onLost(packet.frame(index, 2), lengthAndFin >>> 1, (lengthAndFin & 1) === 1)
        this.enqueue(send)
        return
      }
      case SentFrame.resetStream:
        this.resets.add(a)
        return
      case SentFrame.stopSending:
        this.stops.add(a)
        return
      case SentFrame.maxData:
        this.maxDataLost = true
        return
      case SentFrame.maxStreamData:
        this.maxStreamData.add(a)
        return
      case SentFrame.maxStreams:
        this.maxStreamsLost[KINDS[a]!] = true
        return
      case SentFrame.dataBlocked:
        this.credit.reportBlockedAgain()
        return
      case SentFrame.streamsBlocked:
        this.local[KINDS[a]!].reportBlockedAgain()
        return
      case SentFrame.streamDataBlocked: {
        const send = this.lookup.get(a)?.send
        if (send === undefined) return
        send.credit.reportBlockedAgain()
        if (send.isBlockedByStream) this.streamsBlockedByStream.add(send)
      }
    }
  }

  discard(): void {
    this.ready.clear()
    this.patient.clear()
    this.blocked.clear()
    this.resets.clear()
    this.stops.clear()
    this.maxStreamData.clear()
    this.streamsBlockedByStream.clear()
    this.maxDataLost = false
    this.maxStreamsLost.bidi = false
    this.maxStreamsLost.uni = false
  }
}
