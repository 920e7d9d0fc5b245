import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ConnectionDirectory,
  type ConnectionRecord,
  createVfdSource,
  SessionDirectory,
  SharedDirectory,
  SocketpairDirectory,
  type VfdSource,
} from '../../../src/vfd/index.ts'
import { INIT, openSource, until } from '../support.ts'

const test = suite('vfd/table/directory')

const source: VfdSource = (await openSource({ poolSize: 64 })).source
const emulated = await createVfdSource({ prefer: 'emulated', onWarning: () => {} })
test.after(() => source.close())

const WORKERS = 4

const directories: ConnectionDirectory<string>[] = [
  new SocketpairDirectory({ source, maxConnections: 40, sessionSlots: 64 }),
  new SocketpairDirectory({ source: emulated, maxConnections: 40, sessionSlots: 64 }),
  new SharedDirectory({ maxConnections: 40, sharedFd: 17 }),
  new SessionDirectory({ maxConnections: 40, sessionSlots: 64 }),
]

const fill = (directory: ConnectionDirectory<string>): ConnectionRecord<string>[] =>
  Array.from({ length: 40 }, (_, i) => directory.add(`connection ${i}`, INIT, i)!)

/** One test for every cell of the table of features: what is claimed is what happens. */
for (const directory of directories) {
  const { features } = directory
  const name = `${directory.scheme}, ${features.pollableFd ? 'with' : 'without'} descriptors`

  test(`session ids are 1, 2, 3 and so on, one a connection (${name})`, () => {
    const records = fill(directory)
    const ids = records.map(({ sessionId }) => sessionId)
    assert.equal(
      ids,
      ids.map((_, i) => i + 1),
    )
    assert.is(features.ownSessionId, new Set(ids).size === 40)
    for (const [i, id] of ids.entries())
      assert.is(directory.find(id)?.connection, `connection ${i}`)
  })

  test(`a directory that is full refuses and counts it (${name})`, () => {
    assert.is(directory.add('one more', INIT, 0), undefined)
    assert.is(directory.stats.abortCount, 1)
    assert.is(directory.stats.connectionNum, 40)
    assert.is(directory.size, 40)
  })

  test(`numbers of connections differ where that is claimed (${name})`, () => {
    const vfds = [...directory.records()].map(({ vfd }) => vfd)
    assert.is(vfds.length, 40)
    assert.is(new Set(vfds).size, features.ownFd ? 40 : 1)
    assert.is(directory.stats.minFd, Math.min(...vfds))
    assert.is(directory.stats.maxFd, Math.max(...vfds))
  })

  test(`dispatch by fd reaches every worker where that is claimed (${name})`, () => {
    const loaded = new Set([...directory.records()].map(({ vfd }) => vfd % WORKERS))
    assert.is(loaded.size > 1, features.dispatchByFd)
  })

  test(`a number can be polled where that is claimed (${name})`, async () => {
    for (const record of directory.records())
      assert.is(record.pair?.open() !== undefined, features.pollableFd)
    if (!features.pollableFd) return
    const [record] = directory.records()
    let bytes = 0
    record!.pair!.open()!.on('data', (data) => {
      bytes += data.length
    })
    assert.ok(record!.pair!.signal())
    await until(() => bytes === 1, 'the byte')
  })

  test(`a new address leaves all numbers as they are (${name})`, () => {
    const record = directory.find(7)!
    const { vfd } = record
    record.remoteAddress = '198.51.100.7'
    record.remotePort = 7
    assert.is(features.survivesMigration, directory.find(7) === record && record.vfd === vfd)
  })

  test(`what is removed is gone, and its room is free again (${name})`, () => {
    for (let id = 1; id <= 40; id++) directory.remove(directory.find(id)!)
    assert.is(directory.size, 0)
    assert.is(directory.stats.closeCount, 40)
    assert.equal([...directory.records()], [])
    const record = directory.add('again', INIT, 0)!
    assert.is(record.sessionId, 41)
    assert.is(directory.find(1), undefined)
    directory.remove(record)
  })
}

test.run()
