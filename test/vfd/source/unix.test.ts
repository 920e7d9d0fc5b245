import { fstatSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_SELF_CONNECTS, MAX_UNNAMED } from '../../../src/vfd/limits.ts'
import { UnixMaker } from '../../../src/vfd/source/unix.ts'
import { openSockets, until } from '../support.ts'

const test = suite('vfd/source/unix')

const LISTENING = '00010000'

/** Names of our sockets, as anyone on the machine can see them. */
const findPath = (): string => {
  const rows = readFileSync('/proc/net/unix', 'latin1').split('\n')
  const isOurs = (row: string) =>
    row.includes(`@tsquic-vfd-${process.pid}-`) && row.split(/\s+/)[3] === LISTENING
  return `\0${rows.find(isOurs)!.split('@')[1]}`
}

if (process.platform === 'linux') {
  test('strangers who connect never become a vfd, whatever they say', async () => {
    const maker = await UnixMaker.listen()
    const path = findPath()
    const ended: number[] = []
    const strangers = ['x', 'not the secret: wrong', ''].map((words, index) => {
      const socket = createConnection(path)
      socket.on('error', () => {})
      socket.on('close', () => ended.push(index))
      socket.resume()
      if (words !== '') socket.write(words)
      return socket
    })
    const { pairs, failure } = await maker.make(4)
    assert.is(failure, undefined)
    assert.is(pairs.length, 4)
    const isOver = (stranger: number) => ended.includes(stranger)
    await until(() => isOver(0) && isOver(1), 'strangers with wrong words are closed')
    for (const pair of pairs) {
      let bytes = 0
      pair.open()!.on('data', (data) => {
        bytes += data.length
      })
      assert.ok(pair.signal())
      await until(() => bytes === 1, 'the byte of its own pair')
    }
    for (const pair of pairs) pair.destroy()
    for (const socket of strangers) socket.destroy()
    await maker.close()
  })

  test('a pair that is wanted at once has its vfd now, and what is signalled before its other end comes', async () => {
    const maker = await UnixMaker.listen()
    const pairs = Array.from({ length: 20 }, () => maker.makeNow()!)
    assert.is(new Set(pairs.map(({ vfd }) => vfd)).size, 20)
    let bytes = 0
    for (const pair of pairs) {
      assert.ok(fstatSync(pair.vfd).isSocket())
      assert.is(pair.peer, -1)
      pair.open()!.on('data', (data) => {
        bytes += data.length
      })
      assert.ok(pair.signal())
      assert.ok(pair.signal())
    }
    await until(() => bytes === 20, 'a byte on each vfd')
    const peers = pairs.map(({ peer }) => peer)
    assert.ok(peers.every((peer) => peer >= 0 && fstatSync(peer).isSocket()))
    for (const pair of pairs) assert.ok(pair.signal())
    await until(() => bytes === 40, 'another byte on each vfd')
    for (const pair of pairs) pair.destroy()
    for (const fd of [...peers, ...pairs.map(({ vfd }) => vfd)]) assert.throws(() => fstatSync(fd))
    await maker.close()
  })

  test('a pair that is destroyed before its other end comes leaves no descriptor', async () => {
    const maker = await UnixMaker.listen()
    const before = openSockets().size
    for (let i = 0; i < 50; i++) maker.makeNow()!.destroy()
    await until(() => openSockets().size === before, 'as many as before')
    await maker.close()
  })

  test('no more connects to ourselves are under way at once than the system is sure to take', async () => {
    const maker = await UnixMaker.listen()
    const pairs = Array.from({ length: MAX_SELF_CONNECTS }, () => maker.makeNow())
    assert.ok(pairs.every((pair) => pair !== undefined))
    assert.is(maker.makeNow(), undefined)
    await until(() => pairs.every((pair) => pair!.peer >= 0), 'all are complete')
    const next = maker.makeNow()
    assert.ok(next)
    for (const pair of [...pairs, next]) pair!.destroy()
    await maker.close()
  })

  test('silent strangers are capped, and do not stop pairs for long', async () => {
    const maker = await UnixMaker.listen()
    const path = findPath()
    let closed = 0
    const strangers = Array.from({ length: MAX_UNNAMED + 5 }, () => {
      const socket = createConnection(path)
      socket.on('error', () => {})
      socket.on('close', () => closed++)
      socket.resume()
      return socket
    })
    await until(() => closed >= 5, 'those beyond the cap are closed')
    assert.is(maker['unnamed'].size, MAX_UNNAMED)
    const { failure } = await maker.make(1)
    assert.ok(failure)
    for (const socket of strangers) socket.destroy()
    await until(() => maker['unnamed'].size === 0, 'that they are gone is noticed')
    const { pairs } = await maker.make(1)
    assert.is(pairs.length, 1)
    pairs[0]!.destroy()
    await maker.close()
  })
} else console.log('skipped: abstract sockets are of Linux')

test.run()
