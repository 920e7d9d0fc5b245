import { Deque } from '../../src/bytes/index.ts'
import type { ConnectionEvent, StreamKind, StreamTransport } from '../../src/quic/transport.ts'
import type { Random } from '../../src/sim/random.ts'

interface Stream {
  readonly id: number
  readonly canSend: boolean
  readonly canReceive: boolean
  outgoing: Uint8Array[]
  outgoingBytes: number
  finQueued: boolean
  sendOver: boolean
  wantsRoom: boolean
  incoming: Deque<Uint8Array>
  incomingBytes: number
  finReceived: boolean
  receiveOver: boolean
  isArmed: boolean
}

export interface PairOptions {
  /** Chooses how bytes are cut and which stream goes first. */
  readonly random?: Random
  /** Unread bytes of a stream above which no more are delivered. */
  readonly window?: number
  /** Queued bytes above which `write` answers false. */
  readonly highWaterMark?: number
  readonly maxStreams?: number
}

/** One end of a connection in memory, with the behaviour that `StreamTransport` promises. */
export class FakeTransport implements StreamTransport {
  readonly role: 'client' | 'server'
  readonly events = new Deque<ConnectionEvent>()
  readonly streams = new Map<number, Stream>()
  closed: { errorCode: number; reason: string } | undefined
  peer!: FakeTransport
  readonly resets = new Map<number, number>()
  readonly stops = new Map<number, number>()
  maxStreams: number
  readonly options: PairOptions
  private readonly opened = { bidi: 0, uni: 0 }
  private readonly announced = new Map<number, number>()
  private readonly refused = new Set<StreamKind>()

  constructor(role: 'client' | 'server', options: PairOptions) {
    this.role = role
    this.options = options
    this.maxStreams = options.maxStreams ?? 100_000
  }

  openStream(kind: StreamKind): number | undefined {
    if (this.closed !== undefined || this.opened[kind] >= this.maxStreams) {
      this.refused.add(kind)
      return undefined
    }
    const id = this.opened[kind]++ * 4 + (kind === 'uni' ? 2 : 0) + (this.role === 'server' ? 1 : 0)
    this.add(id, true)
    return id
  }

  raiseMaxStreams(max: number): void {
    this.maxStreams = max
    for (const kind of this.refused) this.events.push({ type: 'streamsAvailable', kind })
    this.refused.clear()
  }

  /** Here is nothing to be spared. */
  setPatient(): void {}

  private add(id: number, isOurs: boolean): Stream {
    const isUni = (id & 2) !== 0
    const stream: Stream = {
      id,
      canSend: !isUni || isOurs,
      canReceive: !isUni || !isOurs,
      outgoing: [],
      outgoingBytes: 0,
      finQueued: false,
      sendOver: isUni && !isOurs,
      wantsRoom: false,
      incoming: new Deque(),
      incomingBytes: 0,
      finReceived: false,
      receiveOver: isUni && isOurs,
      isArmed: false,
    }
    this.streams.set(id, stream)
    return stream
  }

  write(id: number, bytes: Uint8Array, fin: boolean): boolean {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.sendOver || this.closed !== undefined) return true
    if (!stream.canSend || stream.finQueued) throw new RangeError(`can't write on stream ${id}`)
    if (bytes.length > 0) stream.outgoing.push(bytes)
    stream.outgoingBytes += bytes.length
    stream.finQueued = fin
    stream.wantsRoom = stream.outgoingBytes > (this.options.highWaterMark ?? Infinity)
    return !stream.wantsRoom
  }

  read(id: number): Uint8Array | undefined {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.receiveOver) return undefined
    const bytes = stream.incoming.shift()
    if (bytes === undefined) stream.isArmed = true
    else stream.incomingBytes -= bytes.length
    if (stream.finReceived && stream.incoming.length === 0) this.endReceive(stream)
    return bytes
  }

  readFinished(id: number): boolean {
    const stream = this.streams.get(id)
    return stream === undefined || (stream.finReceived && stream.incoming.length === 0)
  }

  reset(id: number, errorCode: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.sendOver) return
    this.resets.set(id, errorCode)
    stream.outgoing = []
    stream.outgoingBytes = 0
    stream.sendOver = true
    this.peer.onReset(id, errorCode)
    this.closeIfOver(stream)
  }

  stopSending(id: number, errorCode: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.receiveOver) return
    this.stops.set(id, errorCode)
    stream.incoming.clear()
    stream.receiveOver = true
    this.peer.onStop(id, errorCode)
    this.closeIfOver(stream)
  }

  close(errorCode: number, reason: string): void {
    if (this.closed !== undefined) return
    this.closed = { errorCode, reason }
    for (const [end, remote] of [
      [this, false],
      [this.peer, true],
    ] as const)
      end.events.push({
        type: 'closed',
        info: { kind: 'application', errorCode, reason, remote },
      })
  }

  /** Announces the stream, and the lower ones of its kind first. */
  private ensure(id: number): Stream | undefined {
    const kind = id & 3
    for (let next = this.announced.get(kind) ?? kind; next <= id; next += 4) {
      this.announced.set(kind, next + 4)
      if (this.isPeers(next)) {
        this.add(next, false)
        this.events.push({ type: 'streamOpened', id: next })
      }
    }
    return this.streams.get(id)
  }

  private isPeers(id: number): boolean {
    return ((id & 1) === 1) === (this.role === 'client')
  }

  private onReset(id: number, errorCode: number): void {
    const stream = this.ensure(id)
    if (stream === undefined || stream.receiveOver) return
    stream.incoming.clear()
    stream.receiveOver = true
    this.events.push({ type: 'streamReset', id, errorCode })
    this.closeIfOver(stream)
  }

  private onStop(id: number, errorCode: number): void {
    const stream = this.ensure(id)
    if (stream === undefined || stream.sendOver) return
    this.events.push({ type: 'streamStopped', id, errorCode })
    this.reset(id, errorCode)
  }

  /** Delivers up to `count` bytes of a stream, and the end if they are the last; whether anything moved. */
  deliver(stream: Stream, count: number): boolean {
    if (stream.sendOver) return false
    const chunk = stream.outgoing[0]
    if (chunk === undefined && !stream.finQueued) return false
    const target = this.peer.ensure(stream.id)
    const room = (this.options.window ?? Infinity) - (target?.incomingBytes ?? 0)
    const length = Math.min(count, chunk?.length ?? 0)
    if (chunk !== undefined && (length === 0 || room <= 0)) return false
    if (chunk !== undefined) {
      if (length === chunk.length) stream.outgoing.shift()
      else stream.outgoing[0] = chunk.subarray(length)
      stream.outgoingBytes -= length
    }
    const fin = stream.finQueued && stream.outgoing.length === 0
    if (target !== undefined && !target.receiveOver)
      this.peer.accept(target, chunk?.slice(0, length), fin)
    if (stream.wantsRoom && stream.outgoingBytes === 0) {
      stream.wantsRoom = false
      this.events.push({ type: 'streamWritable', id: stream.id })
    }
    if (fin) {
      stream.sendOver = true
      this.closeIfOver(stream)
    }
    return true
  }

  private accept(stream: Stream, bytes: Uint8Array | undefined, fin: boolean): void {
    if (bytes !== undefined) {
      stream.incoming.push(bytes)
      stream.incomingBytes += bytes.length
    }
    const isFirst = stream.incoming.length <= 1 && !stream.finReceived
    stream.finReceived = fin
    if (stream.isArmed || isFirst) {
      stream.isArmed = false
      this.events.push({ type: 'streamReadable', id: stream.id })
    }
  }

  private endReceive(stream: Stream): void {
    stream.receiveOver = true
    this.closeIfOver(stream)
  }

  private closeIfOver(stream: Stream): void {
    if (!stream.sendOver || !stream.receiveOver || !this.streams.delete(stream.id)) return
    this.events.push({ type: 'streamClosed', id: stream.id })
  }
}

export interface TransportPair {
  readonly client: FakeTransport
  readonly server: FakeTransport
}

export function createPair(options: PairOptions = {}): TransportPair {
  const client = new FakeTransport('client', options)
  const server = new FakeTransport('server', options)
  client.peer = server
  server.peer = client
  return { client, server }
}

/** Moves one piece of one stream of one end; false when nothing can move. */
export function moveBytes(end: FakeTransport, random: Random | undefined): boolean {
  const streams = [...end.streams.values()]
  const first = random === undefined ? 0 : random.int(streams.length)
  for (let i = 0; i < streams.length; i++) {
    const stream = streams[(first + i) % streams.length]!
    const count = random === undefined ? Infinity : 1 + Math.floor(random.next() ** 3 * 3000)
    if (end.deliver(stream, count)) return true
  }
  return false
}
