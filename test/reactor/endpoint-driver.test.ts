import { setImmediate as nextTurn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatagramBatch, DatagramMeta } from '../../src/quic/index.ts'
import { bindPort, EndpointDriver, type UdpKind, type UdpPort } from '../../src/reactor/index.ts'
import {
  BATCH_CAPACITY,
  BATCH_COUNT,
  MAX_DATAGRAMS_PER_TURN,
  MAX_WAITING_DATAGRAMS,
} from '../../src/reactor/limits.ts'
import { A, B, Echo, Recorder, RepeatingSender } from '../sim/toys.ts'

const test = suite('reactor/endpoint-driver')

const META: DatagramMeta = { remote: A, local: B, ecn: 0 }

/** A port without a socket; batches come back when the test says so. */
class FakePort implements UdpPort {
  readonly refusesFragments = false
  readonly address = B
  readonly sent: number[] = []
  readonly calls: string[] = []
  readonly held: (() => void)[] = []
  holds = false

  start(): void {
    this.calls.push('start')
  }

  send(batch: DatagramBatch, done: () => void): void {
    this.calls.push(`send ${batch.count}`)
    for (let i = 0; i < batch.count; i++) this.sent.push(batch.datagrams[i]![0]!)
    if (this.holds) this.held.push(done)
    else done()
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }

  ref(): void {
    this.calls.push('ref')
  }

  unref(): void {
    this.calls.push('unref')
  }
}

/** A datagram's first byte tells what it belongs to. */
class ManyFlows extends Recorder {
  private readonly flows = Array.from({ length: 256 }, () => ({}))

  flowOf(datagram: Uint8Array): object | undefined {
    return this.flows[datagram[0]!]
  }
}

interface Started {
  readonly port: FakePort
  readonly driver: EndpointDriver
  readonly machine: Recorder
}

/** A driver over a fake port whose first turn is over. */
async function started(onTurn: (started: Started) => void = () => {}): Promise<Started> {
  const port = new FakePort()
  const machine = new ManyFlows()
  const driver: EndpointDriver = new EndpointDriver(machine, port, () =>
    onTurn({ port, driver, machine }),
  )
  await nextTurn()
  return { port, driver, machine }
}

for (const udp of ['dgram', 'auto'] as const)
  test(`2,000 datagrams and their echoes cross the loopback: ${udp}`, () => crossLoopback(udp))

async function crossLoopback(udp: UdpKind): Promise<void> {
  const total = 2000
  const [portA, portB] = await Promise.all([
    bindPort({ address: '127.0.0.1', udp }),
    bindPort({ address: '127.0.0.1', udp }),
  ])
  const echo = new EndpointDriver(new Echo(), portB, () => {})
  const machine = new RepeatingSender(total, echo.address)
  let sender: EndpointDriver | undefined
  await new Promise<void>((resolve) => {
    sender = new EndpointDriver(machine, portA, () => {
      if (machine.isDone) resolve()
    })
  })
  assert.is(machine.acknowledged.size, total)
  await Promise.all([sender?.close(), echo.close()])
}

test('a driver wants as much as a turn takes, less what waits', async () => {
  const { driver } = await started()
  assert.is(driver.room, MAX_DATAGRAMS_PER_TURN)
  for (let i = 0; i < MAX_DATAGRAMS_PER_TURN + 2; i++) driver.receive(Uint8Array.of(i), META)
  assert.is(driver.room, -2)
  await nextTurn()
  assert.is(driver.room, MAX_DATAGRAMS_PER_TURN - 2)
})

test('all that came since the last turn is handled in one', async () => {
  const seen: number[] = []
  const { driver, machine } = await started(({ machine }) => seen.push(machine.inbox.length))
  seen.length = 0
  for (let i = 0; i < 10; i++) driver.receive(Uint8Array.of(i), META)
  assert.is(machine.inbox.length, 0)
  await nextTurn()
  assert.equal(seen, [10])
  assert.equal(machine.firstBytes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a turn takes a bounded number of datagrams; the rest follows, after other I/O', async () => {
  const seen: (number | 'other')[] = []
  const { driver } = await started(({ machine }) => seen.push(machine.inbox.length))
  seen.length = 0
  for (let i = 0; i < MAX_DATAGRAMS_PER_TURN * 2 + 5; i++) driver.receive(Uint8Array.of(i), META)
  setImmediate(() => seen.push('other'))
  await nextTurn()
  await nextTurn()
  await nextTurn()
  const limit = MAX_DATAGRAMS_PER_TURN
  assert.equal(seen, [limit, 'other', 2 * limit, 2 * limit + 5])
})

test('datagrams that wait are limited, the newest are dropped', async () => {
  const { driver, machine } = await started()
  for (let i = 0; i < MAX_WAITING_DATAGRAMS + 3; i++) driver.receive(Uint8Array.of(i), META)
  assert.is(driver.droppedCount, 3)
  const turns = MAX_WAITING_DATAGRAMS / MAX_DATAGRAMS_PER_TURN
  for (let i = 0; i < turns; i++) await nextTurn()
  assert.is(machine.inbox.length, MAX_WAITING_DATAGRAMS)
  assert.is(machine.firstBytes.at(-1), (MAX_WAITING_DATAGRAMS - 1) & 0xff)
})

test('calls to wake add up to one turn; one within a turn asks for no other', async () => {
  let turns = 0
  const { driver, port } = await started(({ driver, machine }) => {
    turns++
    machine.send(Uint8Array.of(7), A)
    driver.wake()
  })
  turns = 0
  port.sent.length = 0
  driver.wake()
  driver.wake()
  await nextTurn()
  await nextTurn()
  await nextTurn()
  assert.is(turns, 1)
  assert.equal(port.sent, [7])
})

test('a machine that always has more sends a bounded number of batches a turn', async () => {
  const { port, driver, machine } = await started()
  machine.transmit = (_now, out) => {
    while (out.next() !== undefined) out.commit(1, A, B)
    return true
  }
  driver.wake()
  await nextTurn()
  const perTurn = BATCH_COUNT * BATCH_CAPACITY
  assert.is(port.sent.length, perTurn)
  await nextTurn()
  assert.is(port.sent.length, 2 * perTurn)
  machine.transmit = () => false
  await driver.close()
})

test('a batch is not filled again before the port has sent it', async () => {
  const { port, driver, machine } = await started()
  port.holds = true
  const wanted = BATCH_CAPACITY * (BATCH_COUNT + 1)
  for (let i = 0; i < wanted; i++) machine.send(Uint8Array.of(i), A)
  driver.wake()
  for (let i = 0; i < 5; i++) await nextTurn()
  assert.is(port.held.length, BATCH_COUNT)
  assert.is(port.sent.length, BATCH_CAPACITY * BATCH_COUNT)
  port.held.shift()?.()
  await nextTurn()
  assert.is(port.sent.length, wanted)
  assert.equal(
    port.sent,
    Array.from({ length: wanted }, (_, i) => i & 0xff),
  )
})

test('what the application throws is uncaught, and the turn is completed all the same', async () => {
  let throws = false
  const { driver, machine, port } = await started(() => {
    if (throws) throw new Error('from the application')
  })
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  throws = true
  machine.send(Uint8Array.of(3), A)
  driver.wake()
  assert.is((await uncaught).message, 'from the application')
  assert.equal(port.sent, [3])
  throws = false
  driver.receive(Uint8Array.of(1), META)
  await nextTurn()
  assert.equal(machine.firstBytes, [1])
})

test('to close sends what is left, waits for it and then closes the port, once', async () => {
  const { port, driver, machine } = await started()
  port.holds = true
  port.calls.length = 0
  for (let i = 0; i < BATCH_CAPACITY * BATCH_COUNT + 1; i++) machine.send(Uint8Array.of(i), A)
  const closed = driver.close()
  assert.is(driver.close(), closed)
  driver.receive(Uint8Array.of(1), META)
  driver.wake()
  await nextTurn()
  const full = new Array<string>(BATCH_COUNT).fill(`send ${BATCH_CAPACITY}`)
  assert.equal(port.calls, full)
  for (const done of port.held.splice(0)) done()
  await nextTurn()
  assert.equal(port.calls, [...full, 'send 1'])
  for (const done of port.held.splice(0)) done()
  await closed
  assert.equal(port.calls, [...full, 'send 1', 'close'])
  assert.is(machine.inbox.length, 0)
})

test('an application can close from within its turn', async () => {
  let closed: Promise<void> | undefined
  const { driver, port } = await started(({ driver, machine }) => {
    if (machine.inbox.length > 0) closed ??= driver.close()
  })
  driver.receive(Uint8Array.of(1), META)
  await nextTurn()
  await closed
  assert.equal(port.calls.at(-1), 'close')
})

test('ref and unref are those of the port', async () => {
  const { driver, port } = await started()
  driver.unref()
  driver.ref()
  assert.equal(port.calls, ['start', 'unref', 'ref'])
  assert.is(driver.address, port.address)
})

interface FakeTimer {
  readonly callback: () => void
  readonly delay: number
  cleared: boolean
  refed: boolean
}

/** Runs `body` with timers that only the test fires, and a clock that only the test moves. */
async function withFakeTimers(
  body: (context: {
    timers: FakeTimer[]
    clock: { now: number }
    machine: Recorder
    turn: () => Promise<void>
  }) => Promise<void>,
): Promise<void> {
  const { setTimeout, clearTimeout } = globalThis
  const timers: FakeTimer[] = []
  const clock = { now: 1000.25 }
  try {
    const fakeSet = (callback: () => void, delay: number) => {
      const timer: FakeTimer = { callback, delay, cleared: false, refed: true }
      timers.push(timer)
      return Object.assign(timer, {
        unref: () => {
          timer.refed = false
          return timer
        },
      })
    }
    const fakeClear = (timer: FakeTimer | undefined) => {
      if (timer !== undefined) timer.cleared = true
    }
    Object.assign(globalThis, { setTimeout: fakeSet, clearTimeout: fakeClear })
    const machine = new Recorder()
    const driver = new EndpointDriver(machine, new FakePort(), () => {})
    driver.now = () => clock.now
    await nextTurn()
    const turn = async () => {
      driver.wake()
      await nextTurn()
    }
    await body({ timers, clock, machine, turn })
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }
}

test('a timer is set for whole milliseconds, not before the deadline, and holds no process', async () => {
  await withFakeTimers(async ({ timers, clock, machine, turn }) => {
    assert.is(timers.length, 0)
    machine.deadline = 1020
    await turn()
    assert.is(timers.length, 1)
    assert.is(timers[0]!.delay, 20)
    assert.not(timers[0]!.refed)
    clock.now = 1020.25
    timers[0]!.callback()
    assert.equal(machine.timeouts, [1020.25])
  })
})

test('a deadline that moves back leaves the timer; it is set again when it was early', async () => {
  await withFakeTimers(async ({ timers, clock, machine, turn }) => {
    machine.deadline = 1010
    await turn()
    for (let i = 0; i < 100; i++) {
      machine.deadline++
      await turn()
    }
    assert.is(timers.length, 1)
    assert.not(timers[0]!.cleared)
    clock.now = 1010.25
    timers[0]!.callback()
    assert.equal(machine.timeouts, [])
    assert.is(timers.length, 2)
    assert.is(timers[1]!.delay, 100)
  })
})

test('a timer that is about to wake the process up for nothing is set for the rest', async () => {
  await withFakeTimers(async ({ timers, clock, machine, turn }) => {
    machine.deadline = 1010
    await turn()
    machine.deadline = 1030
    clock.now = 1006
    await turn()
    assert.is(timers.length, 1)
    clock.now = 1006.5
    await turn()
    assert.equal(
      timers.map(({ delay, cleared }) => [delay, cleared]),
      [
        [10, true],
        [24, false],
      ],
    )
  })
})

test('a deadline that comes nearer replaces the timer', async () => {
  await withFakeTimers(async ({ timers, machine, turn }) => {
    machine.deadline = 5000.25
    await turn()
    machine.deadline = 1001.25
    await turn()
    assert.equal(
      timers.map(({ delay, cleared }) => [delay, cleared]),
      [
        [4000, true],
        [1, false],
      ],
    )
  })
})

test('a deadline beyond what Node can wait for is waited for in pieces', async () => {
  await withFakeTimers(async ({ timers, clock, machine, turn }) => {
    machine.deadline = 2 ** 62
    await turn()
    assert.is(timers[0]!.delay, 2 ** 31 - 1)
    clock.now += 2 ** 31
    timers[0]!.callback()
    assert.equal(machine.timeouts, [])
    assert.is(timers[1]!.delay, 2 ** 31 - 1)
    machine.deadline = Number.POSITIVE_INFINITY
    await turn()
    assert.is(timers.length, 2)
  })
})

test('a deadline in the past is met in the same turn, without a timer', async () => {
  await withFakeTimers(async ({ timers, clock, machine, turn }) => {
    machine.deadline = clock.now - 5
    await turn()
    assert.equal(machine.timeouts, [clock.now])
    assert.is(timers.length, 0)
  })
})

test('what came is handled before a timeout of the same turn', async () => {
  const order: string[] = []
  const { driver, machine } = await started()
  machine.receive = () => order.push('datagram')
  machine.deadline = driver.now() - 1
  machine.onTimeout = () => {
    machine.deadline = undefined
    order.push('timeout')
  }
  driver.receive(new Uint8Array(1), META)
  await nextTurn()
  assert.equal(order, ['datagram', 'timeout'])
})

test.run()
