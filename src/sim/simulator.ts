import { type HeapItem, MinHeap, NOT_IN_HEAP } from '../bytes/index.ts'
import {
  DatagramBatch,
  type DatagramMachine,
  type DatagramMeta,
  MAX_DATAGRAM_SIZE,
  type SocketAddress,
} from '../quic/index.ts'
import { Digest } from './digest.ts'
import {
  BATCH_CAPACITY,
  DEFAULT_MAX_EVENTS,
  MAX_BATCHES_PER_TURN,
  MAX_TIMEOUTS_PER_INSTANT,
} from './limits.ts'
import { Link } from './link.ts'
import { createElements, type LinkOptions } from './link-options.ts'
import { Node } from './node.ts'
import type { Packet, TraceRecord } from './packet.ts'
import { Random } from './random.ts'

export interface SimulatorOptions {
  /** The source of all randomness: runs of one seed are the same to the last byte. */
  readonly seed: number
  /** What the clock shows at first, in milliseconds; default 0. */
  readonly startTime?: number
  /** Whether `trace` is kept; default false. */
  readonly trace?: boolean
}

export interface RunOptions {
  /** Asked after every event: true ends the run. */
  readonly until: () => boolean
  /** Milliseconds of virtual time that the run may take, counted from its start. */
  readonly maxTime: number
  /** Events that the run may take; default 50 million. */
  readonly maxEvents?: number
}

/** Why a run ended without its condition being met. */
export class SimulationError extends Error {
  override name = 'SimulationError'
  /**
   * `deadlock`: nothing will ever happen any more; `time`, `events`: the run took more than it may;
   * `stuck`: a machine asks to be called again and again in one instant.
   */
  readonly reason: 'deadlock' | 'time' | 'events' | 'stuck'

  constructor(reason: SimulationError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

interface ScheduledEvent extends HeapItem {
  /** The node whose timeout this is; undefined for any other event. */
  readonly timeoutOf: Node | undefined
  readonly action: () => void
}

/**
 * A network of machines in virtual time. It runs on a queue of events: datagrams that arrive, timeouts
 * and what `at` and `wake` ask for. After each event of a node its `onTurn` is called (the
 * application: it drains events and acts), then the machine transmits.
 */
export class Simulator {
  /** For whoever needs randomness in the run: fork it, so that nobody's draws disturb the others'. */
  readonly random: Random
  /** Every datagram sent, in order; empty unless asked for. */
  readonly trace: TraceRecord[] = []
  private readonly keepsTrace: boolean
  private readonly queue = new MinHeap<ScheduledEvent>()
  private readonly nodes: Node[] = []
  /** Nodes by public address. */
  private readonly routes = new Map<string, Node>()
  private readonly sent = new Digest()
  private readonly batch: DatagramBatch
  private time: number

  constructor({ seed, startTime = 0, trace = false }: SimulatorOptions) {
    this.random = new Random(seed)
    this.time = startTime
    this.keepsTrace = trace
    this.batch = new DatagramBatch(BATCH_CAPACITY, () => new Uint8Array(MAX_DATAGRAM_SIZE))
  }

  /** Milliseconds. */
  get now(): number {
    return this.time
  }

  /** A digest of every datagram sent so far: when, from where, to where and its bytes. */
  get digest(): string {
    return this.sent.hex()
  }

  /** Adds a machine; its first turn is at the current time. Throws `RangeError` for an address in use. */
  addNode(
    machine: DatagramMachine,
    address: SocketAddress,
    onTurn: (now: number) => void = () => {},
  ): Node {
    const node = new Node(machine, address, onTurn)
    this.claimAddress(node, address)
    this.nodes.push(node)
    this.wake(node)
    return node
  }

  /** The node that others see at `address`. */
  nodeAt(address: SocketAddress): Node | undefined {
    return this.routes.get(toKey(address))
  }

  /** Links two nodes, anew if they were; one `LinkOptions` holds for both directions. */
  link(a: Node, b: Node, options: LinkOptions | { ab: LinkOptions; ba: LinkOptions }): void {
    const { ab, ba } = 'ab' in options ? options : { ab: options, ba: options }
    a.links.set(b, this.createLink(b, ab))
    b.links.set(a, this.createLink(a, ba))
  }

  /**
   * From now on others see `node` at `address`, and what goes to the address it had is lost: what a
   * NAT does to its mappings. The machine learns nothing of it.
   */
  rebind(node: Node, address: SocketAddress): void {
    const old = toKey(node.publicAddress)
    this.claimAddress(node, address)
    this.routes.delete(old)
    node.publicAddress = address
  }

  /** Calls `action` when the clock shows `time`; now, behind what else is due, if that is past. */
  at(time: number, action: () => void): void {
    this.queue.push(Math.max(time, this.time), {
      timeoutOf: undefined,
      action,
      heapIndex: NOT_IN_HEAP,
    })
  }

  /** Gives `node` a turn at the current time: something was written outside of its `onTurn`. */
  wake(node: Node): void {
    this.at(this.time, () => this.turn(node))
  }

  /** Runs until the condition is met. Throws {@link SimulationError} when it isn't. */
  run({ until, maxTime, maxEvents = DEFAULT_MAX_EVENTS }: RunOptions): void {
    const end = this.time + maxTime
    let events = 0
    while (!until()) {
      const time = this.nextEventTime()
      if (time === undefined)
        throw new SimulationError('deadlock', `nothing left to happen at ${this.time} ms`)
      if (time > end)
        throw new SimulationError('time', `not done by ${end} ms: ${this.describeNodes()}`)
      if (++events > maxEvents)
        throw new SimulationError('events', `not done in ${maxEvents} events, at ${this.time} ms`)
      this.step(time)
    }
  }

  /** Runs whatever happens in the next `duration` milliseconds; the clock then shows their end. */
  runFor(duration: number): void {
    const end = this.time + duration
    for (;;) {
      const time = this.nextEventTime()
      if (time === undefined || time > end) break
      this.step(time)
    }
    this.time = end
  }

  /** When the next event is; stale timeouts are cleared away. */
  private nextEventTime(): number | undefined {
    for (;;) {
      const time = this.queue.peekKey()
      if (time === undefined) return undefined
      const node = this.queue.peek()?.timeoutOf
      if (node === undefined || node.deadline === time) return time
      this.queue.pop()
    }
  }

  private step(time: number): void {
    this.time = time
    this.queue.pop()?.action()
  }

  private onTimeout(node: Node): void {
    if (node.countTimeout(this.time) > MAX_TIMEOUTS_PER_INSTANT)
      throw new SimulationError('stuck', `a timeout that does not move on at ${this.time} ms`)
    node.deadline = undefined
    node.machine.onTimeout(this.time)
    this.turn(node)
  }

  private turn(node: Node): void {
    const { machine } = node
    node.onTurn(this.time)
    const { batch } = this
    let batches = 0
    for (let more = true; more; ) {
      if (++batches > MAX_BATCHES_PER_TURN)
        throw new SimulationError('stuck', `a transmit that does not end at ${this.time} ms`)
      batch.clear()
      more = machine.transmit(this.time, batch)
      for (let i = 0; i < batch.count; i++) this.send(node, batch.datagrams[i]!, batch.remotes[i]!)
    }
    this.scheduleTimeout(node)
  }

  private scheduleTimeout(node: Node): void {
    const wanted = node.machine.nextTimeout()
    const deadline = wanted === undefined ? undefined : Math.max(wanted, this.time)
    if (deadline === node.deadline) return
    node.deadline = deadline
    if (deadline === undefined || deadline === Number.POSITIVE_INFINITY) return
    this.queue.push(deadline, {
      timeoutOf: node,
      action: () => this.onTimeout(node),
      heapIndex: NOT_IN_HEAP,
    })
  }

  private send(node: Node, datagram: Uint8Array, to: SocketAddress): void {
    const from = node.publicAddress
    const bytes = datagram.slice()
    node.sentCount++
    this.sent.number(this.time)
    this.sent.text(toKey(from))
    this.sent.text(toKey(to))
    this.sent.bytes(bytes)
    const record = this.keepsTrace ? this.record(bytes, from, to) : undefined
    const target = this.nodeAt(to)
    const link = target === undefined ? undefined : node.links.get(target)
    if (link !== undefined) link.send({ bytes, from, to, record })
    else if (record !== undefined) record.fate = 'unroutable'
  }

  private record(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): TraceRecord {
    const record: TraceRecord = { sentAt: this.time, from, to, bytes, fate: 'inFlight', marks: [] }
    this.trace.push(record)
    return record
  }

  private createLink(target: Node, options: LinkOptions): Link {
    const elements = createElements(options, this.random.fork())
    return new Link(this, elements, (packet) => this.deliver(target, packet))
  }

  /** Through the queue even without any delay: a machine is never called within another's turn. */
  private deliver(target: Node, packet: Packet): void {
    this.at(this.time, () => this.receive(target, packet))
  }

  private receive(node: Node, { bytes, from, to, record }: Packet): void {
    if (this.nodeAt(to) !== node) {
      if (record?.fate === 'inFlight') record.fate = 'unroutable'
      return
    }
    if (record !== undefined) {
      record.fate = 'delivered'
      record.deliveredAt = this.time
    }
    node.receivedCount++
    const meta: DatagramMeta = { remote: from, local: node.address, ecn: 0 }
    // A copy: the machine owns what it is given, and a duplicate or the trace has the same bytes.
    node.machine.receive(bytes.slice(), meta, this.time)
    this.turn(node)
  }

  private claimAddress(node: Node, address: SocketAddress): void {
    const key = toKey(address)
    if (this.routes.has(key)) throw new RangeError(`${key} is in use`)
    this.routes.set(key, node)
  }

  private describeNodes(): string {
    return this.nodes
      .map(
        ({ address, sentCount, receivedCount, deadline }) =>
          `${toKey(address)} sent ${sentCount}, received ${receivedCount}, waits until ${deadline}`,
      )
      .join('; ')
  }
}

function toKey({ address, port }: SocketAddress): string {
  return `${address}|${port}`
}
