import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HelperMaker } from '../../../src/vfd/source/helper.ts'
import {
  type BareHandle,
  bareEnd,
  closeEnd,
  descriptorOf,
  openEnd,
} from '../../../src/vfd/source/stream-end.ts'
import { UnixMaker } from '../../../src/vfd/source/unix.ts'
import { until } from '../support.ts'

const test = suite('vfd/source/stream-end')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const folder = mkdtempSync(join(tmpdir(), 'tsquic-stream-end-'))
const path = join(folder, 'socket')
const everyAccepted = new Set<Socket>()
const server = createServer({ allowHalfOpen: true }, (socket) => everyAccepted.add(socket))

let alive: NodeJS.Timeout
test.before(async () => {
  alive = setInterval(() => {}, 1_000)
  await new Promise<void>((resolve) => server.listen(path, resolve))
})
test.after(() => {
  clearInterval(alive)
  // Of tests that failed.
  for (const socket of everyAccepted) socket.destroy()
  server.close()
  rmSync(folder, { recursive: true })
})

/** Two streams that are each other's ends, neither of them looked at by anyone. */
const connected = async (): Promise<[client: Socket, accepted: Socket]> => {
  const accepting = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const client = connect({ path, allowHalfOpen: true })
  await new Promise<void>((resolve) => client.once('connect', resolve))
  return [client, await accepting]
}

const isOpen = (fd: number): boolean => {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

if (process.platform !== 'win32') {
  test('the handle of a stream lives on without it, under the same number', async () => {
    const [client, accepted] = await connected()
    const fd = descriptorOf(client)!
    const end = bareEnd(client)
    assert.not.instance(end, Socket)
    assert.is(descriptorOf(end), fd)
    assert.is(descriptorOf(client), undefined)
    await until(() => client.closed, 'the end of the stream')
    assert.ok(isOpen(fd))
    closeEnd(end)
    assert.not.ok(isOpen(fd))
    accepted.destroy()
  })

  test('nothing keeps the stream in memory once its handle was taken', async () => {
    const takeOne = async () => {
      const [client, accepted] = await connected()
      return { stream: new WeakRef(client), end: bareEnd(client), accepted }
    }
    const { stream, end, accepted } = await takeOne()
    for (let tries = 0; tries < 20 && stream.deref() !== undefined; tries++) {
      await nextTurn()
      collect()
    }
    assert.is(stream.deref(), undefined)
    assert.ok(isOpen(descriptorOf(end)!))
    closeEnd(end)
    accepted.destroy()
  })

  test('what comes while there is no stream is read by the next one, and so is the end', async () => {
    const [client, accepted] = await connected()
    const end = bareEnd(client)
    const fd = descriptorOf(end)!
    const peer = bareEnd(accepted)
    writeSync(descriptorOf(peer)!, new Uint8Array(3))
    for (let turns = 0; turns < 3; turns++) await nextTurn()
    const socket = openEnd(end)
    assert.is(openEnd(socket), socket)
    assert.is(descriptorOf(socket), fd)
    let bytes = 0
    let ended = false
    socket.on('data', (data) => {
      bytes += data.length
    })
    socket.on('end', () => {
      ended = true
    })
    await until(() => bytes === 3, 'the bytes')
    writeSync(descriptorOf(peer)!, new Uint8Array(2))
    await until(() => bytes === 5, 'more bytes')
    closeEnd(peer)
    await until(() => ended, 'the end')
    assert.ok(isOpen(fd), 'it does not free its number by itself')
    closeEnd(socket)
    assert.not.ok(isOpen(fd))
  })

  test('an end whose other one was gone before still tells so when it is opened', async () => {
    const [client, accepted] = await connected()
    const end = bareEnd(client)
    closeEnd(bareEnd(accepted))
    for (let turns = 0; turns < 3; turns++) await nextTurn()
    let ended = false
    const socket = openEnd(end).on('end', () => {
      ended = true
    })
    socket.resume()
    await until(() => ended, 'the end')
    closeEnd(socket)
  })

  test('closing an end again takes no number from its next owner', async () => {
    const [client, accepted] = await connected()
    const end = bareEnd(client)
    const fd = descriptorOf(end)!
    closeEnd(end)
    assert.is(descriptorOf(end), undefined)
    // Lower numbers may be free as well: others of this process come and go.
    const opened = [openSync(folder, 'r')]
    while (opened.at(-1)! < fd) opened.push(openSync(folder, 'r'))
    assert.ok(opened.includes(fd))
    closeEnd(end)
    client.destroy()
    await nextTurn()
    assert.is(descriptorOf(end), undefined)
    assert.ok(isOpen(fd))
    for (const next of opened) closeSync(next)
    accepted.destroy()
  })

  test('neither a handle nor its stream keeps the process alive', async () => {
    const active = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length
    const [client, accepted] = await connected()
    const before = active()
    const ends = [bareEnd(client), bareEnd(accepted)]
    assert.is(active(), before - 2)
    const socket = openEnd(ends[0]!)
    socket.resume()
    await nextTurn()
    assert.is(active(), before - 2)
    closeEnd(socket)
    closeEnd(ends[1]!)
  })

  test('a stream that holds data, or is on its way, stays one that never frees its number itself', async () => {
    const connecting = connect(path)
    assert.is(bareEnd(connecting), connecting)
    const accepted = await new Promise<Socket>((resolve) => server.once('connection', resolve))
    connecting.write('x')
    await until(() => accepted.readableLength === 1, 'a byte in the stream')
    assert.is(bareEnd(accepted), accepted)
    assert.is(openEnd(accepted), accepted)
    const fd = descriptorOf(connecting)!
    closeEnd(accepted)
    connecting.resume()
    await until(() => connecting.readableEnded, 'the end')
    assert.ok(isOpen(fd))
    closeEnd(connecting)
    assert.not.ok(isOpen(fd))
  })

  test('a stream whose handle is not as we know them stays one', () => {
    for (const handle of [{}, { fd: 5, close() {}, unref() {} }]) {
      const socket = new Socket({ handle, readable: false } as { readable: false })
      assert.is(bareEnd(socket), socket)
    }
    const closed = new Socket()
    assert.is(bareEnd(closed), closed)
    assert.is(descriptorOf(closed), undefined)
    closeEnd(closed)
  })

  test('pairs that nobody watches are without streams, whatever made them', async () => {
    const ends = (pair: unknown): BareHandle[] => {
      const { end, peerEnd } = pair as { end: BareHandle; peerEnd: BareHandle }
      return [end, peerEnd]
    }
    const helper = new HelperMaker()
    const unix = await UnixMaker.listen()
    const atOnce = [unix.makeNow()!, unix.makeNow()!]
    await until(() => atOnce.every(({ peer }) => peer >= 0), 'the internal ends')
    const pairs = [...(await helper.make(3)).pairs, ...(await unix.make(3)).pairs, ...atOnce]
    assert.is(pairs.length, 8)
    for (const pair of pairs) {
      for (const end of ends(pair)) assert.not.instance(end, Socket)
      assert.equal(ends(pair).map(descriptorOf), [pair.vfd, pair.peer])
      assert.ok(pair.isFresh())
      let bytes = 0
      pair.open()!.on('data', (data) => {
        bytes += data.length
      })
      assert.ok(pair.signal())
      await until(() => bytes === 1, 'a byte')
      assert.not.ok(pair.isFresh())
      pair.destroy()
      assert.not.ok(isOpen(pair.vfd) || isOpen(pair.peer))
      assert.not.ok(pair.signal())
    }
    await unix.close()
  })
} else console.log('skipped: Windows has no descriptors')

test.run()
