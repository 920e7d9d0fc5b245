import { writeSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Reactor } from '../../src/reactor/index.ts'
import {
  type ConnectionRecord,
  Notifier,
  type NotifyMode,
  SocketpairDirectory,
  type VfdSource,
} from '../../src/vfd/index.ts'
import { closeEnd, type StreamEnd } from '../../src/vfd/source/stream-end.ts'
import { INIT, openSource, until } from './support.ts'

const test = suite('vfd/notifier')

class World {
  readonly reactor = new Reactor()
  readonly told: string[] = []
  readonly lost: number[] = []
  readonly directory: SocketpairDirectory<string>
  readonly notifier: Notifier<string>

  constructor(source: VfdSource, notify: NotifyMode) {
    this.directory = new SocketpairDirectory({ source, maxConnections: 64, sessionSlots: 64 })
    this.notifier = new Notifier({
      reactor: this.reactor,
      notify,
      onReady: ({ sessionId }, kinds) => this.told.push(`${sessionId}: ${kinds}`),
      onLost: ({ sessionId }) => this.lost.push(sessionId),
    })
  }

  add(): ConnectionRecord<string> {
    const record = this.directory.add('connection', INIT, 0)!
    this.notifier.watch(record)
    return record
  }

  remove(record: ConnectionRecord<string>): void {
    this.notifier.unwatch(record)
    this.directory.remove(record)
  }

  end(): void {
    for (const record of [...this.directory.records()]) this.remove(record)
    this.reactor.exit()
  }
}

let source: VfdSource
test.before(async () => {
  source = (await openSource({ poolSize: 160 })).source
})
test.before.each(() => until(() => source.stats.pooled >= 80, 'pairs for the test'))
test.after(() => source.close())

for (const notify of ['doorbell', 'fd'] as const) {
  test(`kinds add up until they are told, once, in the order of the first (${notify})`, async () => {
    const world = new World(source, notify)
    const [first, second] = [world.add(), world.add()]
    world.notifier.notify(second, 1)
    world.notifier.notify(first, 4)
    world.notifier.notify(second, 2)
    world.notifier.notify(second, 1)
    assert.equal(world.told, [], 'not within the call')
    await until(() => world.told.length === 2, 'both')
    await sleep(20)
    assert.equal([...world.told].sort(), ['1: 4', '2: 3'])
    if (notify === 'doorbell') assert.equal(world.told, ['2: 3', '1: 4'])
    world.notifier.notify(first, 8)
    await until(() => world.told.length === 3, 'the next one')
    assert.is(world.told[2], '1: 8')
    world.end()
  })

  test(`a record that is removed meanwhile is not told, nor is its successor (${notify})`, async () => {
    const world = new World(source, notify)
    const record = world.add()
    const { vfd } = record
    world.notifier.notify(record, 1)
    world.remove(record)
    const successor = Array.from({ length: 60 }, () => world.add()).find((one) => one.vfd === vfd)
    world.notifier.notify(successor ?? world.add(), 2)
    await until(() => world.told.length > 0, 'the successor')
    await sleep(20)
    assert.is(world.told.length, 1)
    assert.match(world.told[0]!, /: 2$/)
    world.end()
  })
}

test('at most one byte is unread on a vfd, however often it is notified', async () => {
  const world = new World(source, 'fd')
  const records = Array.from({ length: 10 }, () => world.add())
  for (let i = 0; i < 1_000; i++) world.notifier.notify(records[i % 10]!, 1 << (i % 3))
  assert.is(world.notifier.signals, 10)
  await until(() => world.told.length === 10, 'all')
  assert.ok(world.told.every((line) => line.endsWith(': 7')))
  assert.ok(records.every((record) => !record.signalled))
  for (const record of records) world.notifier.notify(record, 1)
  assert.is(world.notifier.signals, 20)
  await until(() => world.told.length === 20, 'all again')
  world.end()
})

test('the doorbell opens no descriptor and writes to none', async () => {
  const world = new World(source, 'doorbell')
  const record = world.add()
  world.notifier.notify(record, 1)
  await nextTurn()
  await nextTurn()
  assert.equal(world.told, ['1: 1'])
  assert.is(world.notifier.signals, 0)
  assert.is(world.reactor.isset(record.vfd), false)
  assert.ok((record.pair as unknown as { isFresh(): boolean }).isFresh())
  world.end()
})

test('a vfd that is full counts as signalled', async () => {
  const { pair } = new World(source, 'doorbell').add()
  let written = 0
  try {
    for (;;) written += writeSync(pair!.peer, new Uint8Array(65_536))
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'EAGAIN')
  }
  assert.ok(written > 0)
  assert.is(pair!.signal(), true)
})

test('emulated connections are told by the doorbell, whatever was asked for', async () => {
  const { source: numbers } = await openSource({ prefer: 'emulated' })
  const world = new World(numbers, 'fd')
  const record = world.add()
  world.notifier.notify(record, 5)
  await until(() => world.told.length === 1, 'the event')
  assert.equal(world.told, ['1: 5'])
  world.end()
})

test('an internal end that a stranger closed is an event, and takes no number away', async () => {
  const world = new World(source, 'fd')
  const [record, other] = [world.add(), world.add()]
  const { vfd } = record
  // What owns the internal end, as the source has it.
  const { closeFd, peerEnd, peer } = record.pair as unknown as {
    closeFd?: (fd: number) => void
    peerEnd?: StreamEnd
    peer: number
  }
  if (peerEnd !== undefined) closeEnd(peerEnd)
  else closeFd!(peer)
  await until(() => world.lost.length === 1, 'the loss')
  assert.equal(world.lost, [record.sessionId])
  assert.is(world.directory.find(record.sessionId)?.vfd, vfd)
  assert.is.not(world.add().vfd, vfd)
  world.notifier.notify(other, 1)
  await until(() => world.told.length === 1, 'another connection')
  assert.is(world.told[0], `${other.sessionId}: 1`)
  world.end()
})

test.run()
