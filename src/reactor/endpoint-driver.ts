import {
  DatagramBatch,
  type DatagramMachine,
  type DatagramMeta,
  MAX_DATAGRAM_SIZE,
  type SocketAddress,
} from '../quic/index.ts'
import { BATCH_CAPACITY, BATCH_COUNT, MAX_DATAGRAMS_PER_TURN, MAX_TIMER_DELAY } from './limits.ts'
import { ReceiveQueue } from './receive-queue.ts'
import type { DatagramSink, UdpPort } from './udp-port.ts'

/** Milliseconds before a timer runs in which a turn looks whether it has to. */
const TIMER_CHECK = 4

/**
 * Drives a machine with a real port and a real clock, turn by turn. What a poll of the event loop
 * brings is gathered and handled in one turn after it (in the check phase): all datagrams, a timeout
 * that is due, the application, and then what is to be sent. A turn is bounded; the rest waits for
 * the next one, after a look at timers and other I/O.
 */
export class EndpointDriver implements DatagramSink {
  private readonly machine: DatagramMachine
  private readonly port: UdpPort
  private readonly onTurn: (now: number) => void
  private readonly received: ReceiveQueue
  private readonly freeBatches: OutgoingBatch[] = []
  /** Batches that are with the port. */
  private sendingCount = 0
  private readonly onBatchSent = (batch: OutgoingBatch) => this.batchSent(batch)
  private readonly runTurn = () => this.turn()
  private readonly runTimer = () => this.timerFired()
  private immediate: NodeJS.Immediate | undefined = undefined
  private timer: NodeJS.Timeout | undefined = undefined
  private timerDue = 0
  private inTurn = false
  /** Whether the machine may have more to send than there were batches for. */
  private unsent = false
  private closing = false
  private closed: Promise<void> | undefined = undefined
  private allSent: (() => void) | undefined = undefined

  /**
   * @param onTurn the application: drains the machine's events and acts on them. Called once a turn,
   *   before the machine transmits. What it throws is uncaught, but the turn is completed.
   */
  constructor(machine: DatagramMachine, port: UdpPort, onTurn: (now: number) => void) {
    this.machine = machine
    this.port = port
    this.onTurn = onTurn
    this.received = new ReceiveQueue(machine)
    port.start(this)
    this.wake()
  }

  get address(): SocketAddress {
    return this.port.address
  }

  /** Datagrams dropped because too many waited. */
  get droppedCount(): number {
    return this.received.droppedCount
  }

  /** A turn's worth, less what waits. */
  get room(): number {
    return MAX_DATAGRAMS_PER_TURN - this.received.length
  }

  /** Milliseconds of the clock that the machine sees. */
  now(): number {
    return performance.now()
  }

  /** Has a turn run soon: something was written. Calls add up to one turn. */
  wake(): void {
    if (!this.inTurn) this.schedule()
  }

  receive(datagram: Uint8Array, meta: DatagramMeta): void {
    if (this.closing) return
    this.received.push(datagram, meta)
    this.schedule()
  }

  /** Sends what the machine still has to send, then closes the port. Nothing is received any more. */
  close(): Promise<void> {
    this.closed ??= this.shutDown()
    return this.closed
  }

  /** Whether the port keeps the process alive; it does at first. */
  ref(): void {
    this.port.ref()
  }

  unref(): void {
    this.port.unref()
  }

  private schedule(): void {
    if (!this.closing) this.immediate ??= setImmediate(this.runTurn)
  }

  private turn(): void {
    this.immediate = undefined
    const { machine, received } = this
    const now = this.now()
    this.inTurn = true
    try {
      received.drain(now)
      const deadline = machine.nextTimeout()
      if (deadline !== undefined && deadline <= now) machine.onTimeout(now)
      this.onTurn(now)
    } finally {
      this.inTurn = false
      if (!this.closing) {
        this.transmit(now)
        this.armTimer(now)
        // Without a free batch it is batchSent that goes on.
        if (!received.isEmpty || (this.unsent && this.sendingCount < BATCH_COUNT)) this.schedule()
      }
    }
  }

  private transmit(now: number): void {
    const { freeBatches, machine } = this
    this.unsent = true
    for (let budget = BATCH_COUNT; this.unsent && budget > 0; budget--) {
      if (this.sendingCount === BATCH_COUNT) return
      // Made when needed: a client's socket hardly ever takes more than one.
      const outgoing = freeBatches.pop() ?? new OutgoingBatch(this.onBatchSent)
      const { batch } = outgoing
      this.unsent = machine.transmit(now, batch)
      if (batch.count === 0) {
        freeBatches.push(outgoing)
        continue
      }
      this.sendingCount++
      this.port.send(batch, outgoing.done)
    }
  }

  private batchSent(outgoing: OutgoingBatch): void {
    outgoing.batch.clear()
    this.freeBatches.push(outgoing)
    this.sendingCount--
    if (this.unsent && !this.inTurn) this.schedule()
    if (this.sendingCount === 0) this.allSent?.()
  }

  /**
   * One timer, and as few changes to it as possible: most deadlines move back with every datagram. One
   * that is about to wake the process up for nothing is set for the rest.
   */
  private armTimer(now: number): void {
    const deadline = this.machine.nextTimeout()
    if (deadline === undefined || deadline === Number.POSITIVE_INFINITY) return
    if (deadline <= now) {
      this.schedule()
      return
    }
    if (this.timer !== undefined) {
      const isEarly = this.timerDue < deadline - 1
      if (this.timerDue <= deadline && !(isEarly && this.timerDue < now + TIMER_CHECK)) return
      clearTimeout(this.timer)
    }
    const delay = Math.min(Math.ceil(deadline - now), MAX_TIMER_DELAY)
    this.timerDue = now + delay
    // The port alone keeps the process alive.
    this.timer = setTimeout(this.runTimer, delay).unref()
  }

  private timerFired(): void {
    this.timer = undefined
    if (this.immediate === undefined) this.turn()
  }

  private async shutDown(): Promise<void> {
    this.closing = true
    clearImmediate(this.immediate)
    clearTimeout(this.timer)
    this.received.clear()
    do {
      this.transmit(this.now())
      if (this.sendingCount > 0)
        await new Promise<void>((resolve) => {
          this.allSent = resolve
        })
    } while (this.unsent)
    await this.port.close()
  }
}

/** A batch with the callback that brings it back, made once. */
class OutgoingBatch {
  readonly batch: DatagramBatch
  readonly done: () => void

  constructor(onDone: (outgoing: OutgoingBatch) => void) {
    this.batch = new DatagramBatch(BATCH_CAPACITY, () => new Uint8Array(MAX_DATAGRAM_SIZE))
    this.done = () => onDone(this)
  }
}
