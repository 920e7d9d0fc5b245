import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ERROR, ONCE, READ, Reactor, WRITE } from '../../src/reactor/index.ts'
import { MAX_READY_PER_TURN } from '../../src/reactor/limits.ts'

const test = suite('reactor/reactor')

/** Two connected streams; the number stands for the descriptor of the first. */
const pair = async (): Promise<{ fd: number; near: Socket; far: Socket }> => {
  const folder = mkdtempSync(join(tmpdir(), 'reactor-'))
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${folder}` : join(folder, 'socket')
  const far = await new Promise<{ near: Socket; far: Socket }>((resolve) => {
    const server = createServer({ allowHalfOpen: true })
    let near: Socket
    server.on('connection', (accepted) => {
      server.close()
      rmSync(folder, { recursive: true })
      accepted.on('error', () => {})
      resolve({ near, far: accepted })
    })
    server.listen(path, () => {
      near = connect({ path, allowHalfOpen: true })
      near.on('error', () => {})
    })
  })
  return { fd: nextFd++, ...far }
}
let nextFd = 1_000

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await sleep(5)
  }
}

test('READ brings what was written at the other end', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  let text = ''
  reactor.add(fd, near, {
    read: (of, data) => {
      assert.is(of, fd)
      text += Buffer.from(data).toString()
    },
  })
  far.write('one')
  await until(() => text === 'one')
  far.write('two')
  await until(() => text === 'onetwo')
  assert.is(reactor.isset(fd), true)
  assert.is(reactor.isset(fd, READ), true)
  assert.is(reactor.isset(fd, WRITE), false)
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('a descriptor is added once; set and del need one that is', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  assert.throws(() => reactor.set(fd, READ), /not watched/)
  assert.is(reactor.del(fd), false)
  assert.is(reactor.isset(fd), false)
  assert.is(reactor.write(fd, new Uint8Array(1)), false)
  reactor.add(fd, near, {})
  assert.throws(() => reactor.add(fd, near, {}), /already/)
  assert.is(reactor.del(fd), true)
  assert.is(reactor.del(fd), false)
  reactor.add(fd, near, {})
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('without READ nothing is read, and what came waits', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  let bytes = 0
  reactor.add(fd, near, { read: (_, data) => (bytes += data.length) })
  reactor.set(fd, WRITE | ONCE, { read: (_, data) => (bytes += data.length) })
  far.write('abc')
  await sleep(30)
  assert.is(bytes, 0)
  assert.is(reactor.isset(fd), false, 'ONCE')
  reactor.add(fd, near, { read: (_, data) => (bytes += data.length) })
  await until(() => bytes === 3)
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('no handler runs after del, though the event had happened', async () => {
  const reactor = new Reactor()
  const [a, b] = [await pair(), await pair()]
  const log: string[] = []
  reactor.add(a.fd, a.near, {
    read: () => {
      log.push('a')
      reactor.del(b.fd)
    },
  })
  reactor.add(b.fd, b.near, {
    read: () => {
      log.push('b')
      reactor.del(a.fd)
    },
  })
  a.far.write('x')
  b.far.write('x')
  await until(() => log.length > 0)
  await sleep(20)
  assert.is(log.length, 1)
  for (const socket of [a.near, a.far, b.near, b.far]) socket.destroy()
  reactor.exit()
})

test('ONCE ends after one event, unless its handler asks for more', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  let reads = 0
  const handlers = {
    read: () => {
      reads++
      if (reads === 1) reactor.set(fd, READ)
    },
  }
  reactor.add(fd, near, handlers, READ | ONCE)
  far.write('1')
  await until(() => reads === 1)
  assert.is(reactor.isset(fd, READ), true)
  reactor.set(fd, READ | ONCE)
  far.write('2')
  await until(() => reads === 2)
  await nextTurn()
  assert.is(reactor.isset(fd), false)
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('WRITE comes every turn while there is room, and stops while there is none', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  far.pause()
  let writes = 0
  let full = false
  reactor.add(
    fd,
    near,
    {
      write: () => {
        writes++
        if (writes === 3) {
          reactor.write(fd, new Uint8Array(1 << 20))
          full = near.writableNeedDrain
        }
      },
    },
    WRITE,
  )
  await until(() => writes >= 3)
  assert.ok(full)
  await sleep(20)
  assert.is(writes, 3, 'nothing while it is full')
  far.resume()
  await until(() => writes > 5)
  reactor.set(fd, READ)
  const after = writes
  await sleep(20)
  assert.is(writes, after)
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('a write that would not fit into the buffer is refused whole', async () => {
  const reactor = new Reactor({ bufferSize: 1 << 20 })
  const { fd, near, far } = await pair()
  far.pause()
  let received = 0
  reactor.add(fd, near, {})
  assert.is(reactor.write(fd, new Uint8Array((1 << 20) + 1)), false)
  assert.is(near.writableLength, 0)
  assert.is(reactor.write(fd, new Uint8Array(1 << 20)), true)
  const waiting = near.writableLength
  assert.is(reactor.write(fd, new Uint8Array((1 << 20) - waiting + 1)), false)
  assert.is(near.writableLength, waiting)
  far.on('data', (data) => {
    received += data.length
  })
  far.resume()
  await until(() => received === 1 << 20)
  await until(() => near.writableLength === 0)
  assert.is(reactor.write(fd, new Uint8Array(1 << 20)), true)
  far.destroy()
  near.destroy()
  reactor.exit()
})

test('the end of the other side is an error event, or else a read of nothing, or else a write', async () => {
  for (const [handlers, expected] of [
    [['error', 'read', 'write'], 'error'],
    [['read', 'write'], 'read 0'],
    [['write'], 'write'],
  ] as const) {
    const reactor = new Reactor()
    const { fd, near, far } = await pair()
    const log: string[] = []
    const all = {
      error: () => log.push('error'),
      read: (_: number, data: Uint8Array) => log.push(`read ${data.length}`),
      write: () => log.push('write'),
    }
    reactor.add(
      fd,
      near,
      Object.fromEntries(handlers.map((name) => [name, all[name]])),
      READ | ERROR,
    )
    far.end()
    await until(() => log.length > 0)
    far.destroy()
    near.destroy()
    await sleep(10)
    assert.equal(log, [expected])
    reactor.exit()
  }
})

test('deferred calls run at the end of the turn, those that they add in the next', async () => {
  const reactor = new Reactor()
  const log: string[] = []
  const turns: number[] = []
  let turn = 0
  reactor.cycle(() => turn++)
  reactor.defer(() => {
    log.push('first')
    reactor.defer(() => {
      log.push('added')
      turns.push(turn)
    })
    turns.push(turn)
  })
  reactor.defer(() => log.push('second'))
  assert.equal(log, [])
  await until(() => log.length === 3)
  assert.equal(log, ['first', 'second', 'added'])
  assert.equal(turns, [0, 1])
  reactor.exit()
})

test('a turn runs ready targets, timers, deferred calls, the cycle, and then what precedes the poll', async () => {
  const reactor = new Reactor()
  const log: string[] = []
  const list = reactor.readyList<{ readyKinds: number }>(() => log.push('ready'))
  reactor.cycle(() => log.push('cycle'))
  reactor.cycle(() => log.push('before poll'), true)
  reactor.defer(() => log.push('deferred'))
  reactor.after(1, () => log.push('timer'))
  list.notify({ readyKinds: 0 }, 1)
  // Long enough that the timer is due in the same turn.
  const start = performance.now()
  while (performance.now() < start + 5);
  await until(() => log.length >= 5)
  assert.equal(log.slice(0, 5), ['ready', 'timer', 'deferred', 'cycle', 'before poll'])
  reactor.cycle(undefined)
  reactor.cycle(undefined, true)
  await sleep(10)
  const after = log.length
  reactor.defer(() => {})
  await sleep(10)
  assert.is(log.length, after)
  reactor.exit()
})

test('a turn delivers a bounded number of ready targets, the rest follows in the next', async () => {
  const reactor = new Reactor()
  const perTurn: number[] = []
  let delivered = 0
  const list = reactor.readyList<{ readyKinds: number }>(() => delivered++)
  reactor.cycle(() => {
    perTurn.push(delivered)
    delivered = 0
  })
  const count = 2 * MAX_READY_PER_TURN + 7
  for (let i = 0; i < count; i++) list.notify({ readyKinds: 0 }, 1)
  await until(() => perTurn.reduce((sum, n) => sum + n, 0) === count)
  assert.equal(
    perTurn.filter((n) => n > 0),
    [MAX_READY_PER_TURN, MAX_READY_PER_TURN, 7],
  )
  reactor.exit()
})

test('without an option 8 MiB may wait for a descriptor', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  far.pause()
  reactor.add(fd, near, {})
  assert.is(reactor.write(fd, new Uint8Array(8 * 1024 * 1024 + 1)), false)
  assert.is(reactor.write(fd, new Uint8Array(8 * 1024 * 1024)), true)
  reactor.exit()
  near.destroy()
  far.destroy()
})

test('a timer beyond what Node can wait for does not fire at once', async () => {
  const reactor = new Reactor()
  let fired = 0
  const ids = [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER].map((ms) =>
    reactor.after(ms, () => fired++),
  )
  await new Promise<void>((resolve) => reactor.after(20, () => resolve()))
  assert.is(fired, 0)
  for (const id of ids) assert.is(reactor.clear(id), true)
})

test('ticks go on until they are cleared', async () => {
  const reactor = new Reactor()
  let ticks = 0
  const id = reactor.tick(1, () => {
    if (++ticks === 5) reactor.clear(id)
  })
  await reactor.wait()
  assert.is(ticks, 5)
  assert.is(reactor.clear(id), false)
})

test('waiting ends when no descriptor, timer or deferred call is left and every condition holds', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  let over = false
  let condition = false
  reactor.add(fd, near, {})
  reactor.addExitCondition(() => condition)
  reactor.wait().then(() => {
    over = true
  })
  let timer = false
  reactor.after(20, () => {
    timer = true
  })
  await until(() => timer)
  await sleep(20)
  assert.is(over, false, 'a descriptor')
  reactor.del(fd)
  await sleep(20)
  assert.is(over, false, 'a condition')
  condition = true
  reactor.defer(() => {})
  await until(() => over)
  await new Reactor().wait()
  far.destroy()
  near.destroy()
})

test('exit drops everything and ends waiting', async () => {
  const reactor = new Reactor()
  const { fd, near, far } = await pair()
  const log: string[] = []
  reactor.add(fd, near, { read: () => log.push('read') })
  reactor.tick(1, () => log.push('tick'))
  reactor.defer(() => log.push('deferred'))
  const waiting = reactor.wait()
  reactor.exit()
  await waiting
  far.write('x')
  await sleep(20)
  assert.equal(log, [])
  far.destroy()
  near.destroy()
})

test.run()
