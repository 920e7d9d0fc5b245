import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createVfdSource,
  SocketpairDirectory,
  type VfdPair,
  type VfdSource,
} from '../../../src/vfd/index.ts'
import {
  countNewSockets,
  INIT,
  isSocket,
  openDescriptors,
  openSockets,
  openSource,
  seesDescriptors,
  until,
} from '../support.ts'

const test = suite('vfd/table/socketpair-directory')

const emulated = await createVfdSource({ prefer: 'emulated', onWarning: () => {} })

if (seesDescriptors) {
  test('every connection has two descriptors of its own, both sockets', async () => {
    const before = openSockets()
    const { source: own } = await openSource({ poolSize: 200 })
    const directory = new SocketpairDirectory<number>({ source: own, maxConnections: 100 })
    const records = Array.from({ length: 100 }, (_, i) => directory.add(i, INIT, 0)!)
    assert.is(own.stats.live, 100)
    // What listens to ourselves for bursts.
    const listeners = own.kind === 'helper' ? 1 : 0
    // A refill that is under way holds descriptors that are not pooled yet.
    await until(
      () => countNewSockets(before) === 2 * (100 + own.stats.pooled) + listeners,
      'two descriptors a pair, and no others',
    )
    const numbers = records.flatMap(({ pair }) => [pair!.vfd, pair!.peer])
    assert.is(new Set(numbers).size, 200)
    assert.ok(numbers.every((fd) => openDescriptors().has(String(fd)) && isSocket(fd)))
    for (const record of records) {
      assert.is(record.vfd, record.pair?.vfd)
      directory.remove(record)
    }
    await own.close()
    await until(() => countNewSockets(before) === 0, 'everything closed')
  })
} else console.log('skipped: descriptors can only be looked at on Linux')

test('a vfd past the end of the table is refused, released and counted', () => {
  const given: VfdPair[] = []
  const released: VfdPair[] = []
  const far: VfdSource = {
    kind: 'emulated',
    stats: emulated.stats,
    acquire: () => {
      const pair = emulated.acquire()!
      given.push({ ...pair, vfd: 50, open: () => undefined, signal: () => false })
      return given.at(-1)
    },
    release: (pair) => released.push(pair),
    close: async () => {},
  }
  const directory = new SocketpairDirectory<string>({
    source: far,
    maxConnections: 10,
    tableLength: 50,
    sessionSlots: 16,
  })
  assert.is(directory.add('connection', INIT, 0), undefined)
  assert.is(directory.stats.abortCount, 1)
  assert.is(directory.stats.sessionRound, 0)
  assert.equal(released, given)
})

test('a number whose slot is still taken is refused: its descriptor was closed by a stranger', () => {
  const pair = emulated.acquire()!
  let released = 0
  const broken: VfdSource = {
    kind: 'emulated',
    stats: emulated.stats,
    acquire: () => pair,
    release: () => released++,
    close: async () => {},
  }
  const directory = new SocketpairDirectory<string>({
    source: broken,
    maxConnections: 10,
    sessionSlots: 16,
  })
  const first = directory.add('first', INIT, 0)!
  assert.is(directory.add('second', INIT, 0), undefined)
  assert.is(directory.find(first.sessionId)?.connection, 'first')
  assert.is(released, 1)
})

test.run()
