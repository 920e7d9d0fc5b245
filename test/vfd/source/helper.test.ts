import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HELPER_CHUNK } from '../../../src/vfd/limits.ts'
import { HelperMaker } from '../../../src/vfd/source/helper.ts'
import { countNewSockets, isSocket, openSockets, seesDescriptors, until } from '../support.ts'

const test = suite('vfd/source/helper')

// A maker does not keep the process alive; a source that waits for it does.
let alive: NodeJS.Timeout
test.before(() => {
  alive = setInterval(() => {}, 1_000)
})
test.after(() => clearInterval(alive))

test('a helper makes at most 64 pairs, and ends', async () => {
  const maker = new HelperMaker()
  const making = maker.make(HELPER_CHUNK + 1)
  const pid = maker.pid!
  const { pairs, failure } = await making
  assert.is(failure, undefined)
  assert.is(pairs.length, HELPER_CHUNK)
  assert.is(maker.pid, undefined)
  await until(() => !isAlive(pid), 'the end of the helper')
  let bytes = 0
  pairs[5]!.open()!.on('data', (data) => {
    bytes += data.length
  })
  assert.ok(pairs[5]!.signal())
  await until(() => bytes === 1, 'a byte, without the helper')
  for (const pair of pairs) pair.destroy()
})

test('no byte is lost that is sent while the helper still runs', async () => {
  const maker = new HelperMaker()
  const { pairs } = await maker.make(32)
  let bytes = 0
  for (const pair of pairs) {
    pair.open()!.on('data', (data) => {
      bytes += data.length
    })
    assert.ok(pair.signal())
  }
  await until(() => bytes === 32, 'all bytes')
  for (const pair of pairs) pair.destroy()
})

if (seesDescriptors)
  test('a helper that is killed on its way leaves what arrived, and no descriptor of the rest', async () => {
    const before = openSockets()
    let partial = 0
    for (const wanted of [0, 5, 20, 40]) {
      const maker = new HelperMaker()
      const making = maker.make(HELPER_CHUNK)
      const { pid } = maker
      // Our ends and the channel are there at once; the others come one by one.
      const started = openSockets().size
      const watching = setInterval(() => {
        if (maker.pid !== pid || openSockets().size < started + wanted) return
        clearInterval(watching)
        process.kill(pid!, 'SIGKILL')
      }, 1)
      const { pairs, failure } = await making
      clearInterval(watching)
      if (pairs.length < HELPER_CHUNK) {
        assert.match(failure?.message ?? '', 'SIGKILL')
        if (pairs.length > 0) partial++
      }
      for (const pair of pairs) {
        assert.ok(isSocket(pair.vfd) && isSocket(pair.peer) && pair.isFresh())
        pair.destroy()
      }
    }
    await until(() => countNewSockets(before) === 0, 'everything closed')
    if (partial === 0) console.log('skipped: no helper was killed between two pairs')
  })

test('closing a maker ends its helper', async () => {
  const maker = new HelperMaker()
  const making = maker.make(8)
  const pid = maker.pid!
  await maker.close()
  const { pairs } = await making
  for (const pair of pairs) pair.destroy()
  await until(() => !isAlive(pid), 'the end of the helper')
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.run()
