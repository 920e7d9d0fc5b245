import { type Deque, IdMap } from '../../bytes/index.ts'
import type { TransportConfig } from '../config.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_RETAINED_STREAM_BYTES } from '../limits.ts'
import type { ConnectionEvent, StreamKind } from '../transport.ts'
import type { TransportParameters } from '../wire/index.ts'
import { ReceiveWindow, SendCredit } from './flow-control.ts'
import { ReceiveStream } from './receive-stream.ts'
import { SendStream } from './send-stream.ts'
import { Stream } from './stream.ts'
import { isClientInitiated, isUnidirectional, kindOf, ordinalOf, streamId } from './stream-id.ts'
import { LocalStreams, RemoteStreams } from './stream-limits.ts'
import { StreamOutput } from './stream-output.ts'

/** All streams of one connection, and the flow control that they share (RFC 9000 §2-§4). */
export class StreamManager {
  readonly output: StreamOutput
  private readonly streams = new IdMap<Stream>()
  private readonly local = { bidi: new LocalStreams(), uni: new LocalStreams() }
  private readonly remote: { readonly bidi: RemoteStreams; readonly uni: RemoteStreams }
  private readonly window: ReceiveWindow
  private readonly credit = new SendCredit(0)
  /** Credit of the peer for each new stream (RFC 9000 §18.2): none before its parameters have come. */
  private maxStreamDataUni = 0
  private maxStreamDataBidiLocal = 0
  private maxStreamDataBidiRemote = 0
  private readonly isClient: boolean
  private readonly config: TransportConfig
  private readonly events: Deque<ConnectionEvent>

  constructor(isClient: boolean, config: TransportConfig, events: Deque<ConnectionEvent>) {
    this.isClient = isClient
    this.config = config
    this.events = events
    this.remote = {
      bidi: new RemoteStreams(config.initialMaxStreamsBidi),
      uni: new RemoteStreams(config.initialMaxStreamsUni),
    }
    this.window = new ReceiveWindow(config.initialMaxData, config.maxConnectionWindow)
    this.output = new StreamOutput(this, this.credit, this.window, this.local, this.remote)
  }

  get openCount(): number {
    return this.streams.size
  }

  /** Bytes of all streams that were written and never sent. */
  get unsentBytes(): number {
    let bytes = 0
    for (const { send } of this.streams.values()) bytes += send?.bufferedBytes ?? 0
    return bytes
  }

  unsentBytesOf(id: number): number {
    return this.streams.get(id)?.send?.bufferedBytes ?? 0
  }

  onPeerParameters(parameters: TransportParameters): void {
    this.maxStreamDataUni = parameters.initialMaxStreamDataUni
    this.maxStreamDataBidiLocal = parameters.initialMaxStreamDataBidiLocal
    this.maxStreamDataBidiRemote = parameters.initialMaxStreamDataBidiRemote
    this.onMaxData(parameters.initialMaxData)
    this.onMaxStreams('bidi', parameters.initialMaxStreamsBidi)
    this.onMaxStreams('uni', parameters.initialMaxStreamsUni)
  }

  get(id: number): Stream | undefined {
    return this.streams.get(id)
  }

  // What the application does.

  open(kind: StreamKind): number | undefined {
    const ordinal = this.local[kind].take()
    if (ordinal === undefined) return undefined
    const id = streamId(ordinal, kind, this.isClient)
    this.create(id)
    return id
  }

  setPatient(id: number): void {
    const send = this.streams.get(id)?.send
    if (send !== undefined) send.patient = true
  }

  write(id: number, bytes: Uint8Array, fin: boolean): boolean {
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (!this.mayHaveExisted(id)) throw new RangeError(`no stream ${id}`)
      return true
    }
    const { send } = stream
    if (send === undefined) throw new RangeError(`stream ${id} is the peer's to write`)
    if (send.resetCode !== undefined) return true
    if (!send.isOpenForWriting) throw new RangeError(`stream ${id} has been ended`)
    send.write(bytes, fin)
    this.output.enqueue(send)
    if (
      send.bufferedBytes <= this.config.sendBufferHighWaterMark &&
      send.retainedBytes <= MAX_RETAINED_STREAM_BYTES
    ) {
      return true
    }
    send.awaitingDrain = true
    return false
  }

  read(id: number): Uint8Array | undefined {
    const stream = this.streams.get(id)
    const receive = stream?.receive
    if (stream === undefined || receive === undefined) return undefined
    const bytes = receive.read()
    if (bytes === undefined) {
      receive.readableTold = false
      this.closeIfTerminal(stream)
      return undefined
    }
    this.creditRead(receive)
    if (receive.isFinished) this.closeIfTerminal(stream)
    return bytes
  }

  readFinished(id: number): boolean {
    const stream = this.streams.get(id)
    if (stream === undefined) return this.mayHaveExisted(id)
    return stream.receive?.isFinished ?? false
  }

  reset(id: number, errorCode: number): void {
    const send = this.streams.get(id)?.send
    if (send?.reset(errorCode)) this.output.needsReset(send)
  }

  stopSending(id: number, errorCode: number): void {
    const stream = this.streams.get(id)
    const receive = stream?.receive
    if (stream === undefined || receive === undefined || receive.stopCode !== undefined) return
    if (receive.isTerminal) return
    receive.stop(errorCode)
    this.creditRead(receive)
    this.output.needsStopSending(id)
    this.closeIfTerminal(stream)
  }

  // What the peer's frames do.

  onStreamData(id: number, offset: number, bytes: Uint8Array, fin: boolean): void {
    const stream = this.streamForReceiving(id)
    const receive = stream?.receive
    if (stream === undefined || receive === undefined) return
    this.window.onReceived(receive.onData(offset, bytes, fin))
    if (receive.stopCode !== undefined) this.creditRead(receive)
    if (receive.hasReadable && !receive.readableTold) {
      receive.readableTold = true
      this.events.push({ type: 'streamReadable', id })
    }
    if (receive.stopCode !== undefined) this.closeIfTerminal(stream)
  }

  onReset(id: number, errorCode: number, finalSize: number): void {
    const stream = this.streamForReceiving(id)
    const receive = stream?.receive
    if (stream === undefined || receive === undefined) return
    const fresh = receive.onReset(finalSize)
    if (fresh === undefined) return
    this.window.onReceived(fresh)
    this.creditRead(receive)
    this.events.push({ type: 'streamReset', id, errorCode })
    this.closeIfTerminal(stream)
  }

  onStopSending(id: number, errorCode: number): void {
    const stream = this.streamForSending(id)
    const send = stream?.send
    if (stream === undefined || send === undefined) return
    // RFC 9000 §3.5: answered with RESET_STREAM of the same code, unless all was delivered.
    if (!send.reset(errorCode)) return
    this.output.needsReset(send)
    this.events.push({ type: 'streamStopped', id, errorCode })
  }

  // The three answer whether the limit has grown; a lower one is ignored (RFC 9000 §4.1, §4.6).

  onMaxData(limit: number): boolean {
    if (!this.credit.raise(limit)) return false
    this.output.onConnectionCredit()
    return true
  }

  onMaxStreamData(id: number, limit: number): boolean {
    const send = this.streamForSending(id)?.send
    // Of a stream that is over, a late one is no sign of anything.
    if (send === undefined) return true
    if (!send.credit.raise(limit)) return false
    this.output.enqueue(send)
    return true
  }

  onMaxStreams(kind: StreamKind, limit: number): boolean {
    const local = this.local[kind]
    if (!local.raise(limit)) return false
    if (local.refused) {
      local.refused = false
      this.events.push({ type: 'streamsAvailable', kind })
    }
    return true
  }

  /** A STREAM_DATA_BLOCKED frame: it needs no answer, but its stream must be one the peer may send on. */
  onStreamDataBlocked(id: number): void {
    this.streamForReceiving(id)
  }

  // Life of a stream.

  /** RFC 9000 §19.8 and others: which frames may name which stream. */
  private streamForReceiving(id: number): Stream | undefined {
    if (isClientInitiated(id) === this.isClient) {
      if (isUnidirectional(id)) {
        throw new TransportError(
          TransportErrorCode.streamStateError,
          `stream ${id} is ours to send`,
        )
      }
      return this.localStream(id)
    }
    return this.remoteStream(id)
  }

  private streamForSending(id: number): Stream | undefined {
    if (isClientInitiated(id) === this.isClient) return this.localStream(id)
    if (isUnidirectional(id)) {
      throw new TransportError(
        TransportErrorCode.streamStateError,
        `stream ${id} is the peer's to send`,
      )
    }
    return this.remoteStream(id)
  }

  private localStream(id: number): Stream | undefined {
    if (ordinalOf(id) >= this.local[kindOf(id)].opened) {
      throw new TransportError(TransportErrorCode.streamStateError, `stream ${id} was never opened`)
    }
    return this.streams.get(id)
  }

  private remoteStream(id: number): Stream | undefined {
    const existing = this.streams.get(id)
    if (existing !== undefined) return existing
    const remote = this.remote[kindOf(id)]
    const ordinal = ordinalOf(id)
    remote.use(ordinal)
    if (remote.isClosed(ordinal)) return undefined
    this.events.push({ type: 'streamOpened', id })
    return this.create(id)
  }

  private mayHaveExisted(id: number): boolean {
    const kind = kindOf(id)
    if (isClientInitiated(id) === this.isClient) return ordinalOf(id) < this.local[kind].opened
    return this.remote[kind].isClosed(ordinalOf(id))
  }

  private create(id: number): Stream {
    const isLocal = isClientInitiated(id) === this.isClient
    const uni = isUnidirectional(id)
    const { config } = this
    const send = !uni || isLocal ? new SendStream(id, this.initialCredit(isLocal, uni)) : undefined
    const receive =
      !uni || !isLocal
        ? new ReceiveStream(
            id,
            new ReceiveWindow(config.initialMaxStreamData, config.maxStreamWindow),
          )
        : undefined
    const stream = new Stream(id, send, receive)
    this.streams.set(id, stream)
    return stream
  }

  private initialCredit(isLocal: boolean, uni: boolean): number {
    if (uni) return this.maxStreamDataUni
    // As the peer sees it: what we open is remote.
    return isLocal ? this.maxStreamDataBidiRemote : this.maxStreamDataBidiLocal
  }

  /** Credits what was read to the stream's and the connection's window. */
  private creditRead(receive: ReceiveStream): void {
    this.window.onConsumed(receive.takeUncredited())
    if (!receive.finalSizeKnown && receive.stopCode === undefined && receive.window.shouldUpdate) {
      this.output.needsMaxStreamData(receive.id)
    }
  }

  /** Ends a stream whose both sides are over, and gives its place back to the peer. */
  closeIfTerminal(stream: Stream): void {
    const { id } = stream
    if (!stream.isTerminal || !this.streams.delete(id)) return
    this.output.onClosed(stream)
    if (isClientInitiated(id) !== this.isClient) this.remote[kindOf(id)].onClosed(ordinalOf(id))
    this.events.push({ type: 'streamClosed', id })
  }

  /** The stream has sent something, or less is kept: is it time to ask the writer for more? */
  onBufferDrained(send: SendStream): void {
    if (!send.awaitingDrain || send.bufferedBytes > this.config.sendBufferHighWaterMark / 2) return
    if (send.retainedBytes > MAX_RETAINED_STREAM_BYTES / 2) return
    send.awaitingDrain = false
    if (send.isOpenForWriting) this.events.push({ type: 'streamWritable', id: send.id })
  }

  /** Ends every stream without events: the connection is over. */
  discard(): void {
    this.streams.clear()
    this.output.discard()
  }
}
