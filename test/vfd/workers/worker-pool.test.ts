import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkerPool } from '../../../src/vfd/workers/index.ts'
import { ask, connection, site, until, withPool } from './support.ts'

const test = suite('workers/worker-pool')

const fixture = (name: string): URL => new URL(`./fixtures/${name}`, import.meta.url)

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('workers have the ids from 0 on, and are told when they start and stop', async () => {
  const log: string[] = []
  await withPool(
    { workerNum: 2, taskWorkerNum: 1 },
    {
      onWorkerStart: (id) => log.push(`start ${id}`),
      onWorkerStop: (id) => log.push(`stop ${id}`),
      onWorkerError: (id) => log.push(`error ${id}`),
    },
    async (pool) => {
      assert.is(pool.size, 2)
      assert.equal(
        pool.stats().workers.map(({ id, kind, status }) => [id, kind, status]),
        [
          [0, 'worker', 'idle'],
          [1, 'worker', 'idle'],
          [2, 'task', 'idle'],
        ],
      )
      const answer = await ask(pool, '/fields', { workerId: 1 }).done
      assert.is(JSON.parse(answer.text).worker, 1)
    },
  )
  assert.equal(log.sort(), ['start 0', 'start 1', 'start 2', 'stop 0', 'stop 1', 'stop 2'])
})

test('requests in progress are counted, and make a worker busy', async () => {
  await withPool({}, {}, async (pool) => {
    const answers = [1, 2, 3].map(() => ask(pool, '/slow', { headers: { 'x-delay': 50 } }))
    assert.is(pool.inFlight(0), 3)
    assert.is(pool.stats().workers[0]!.status, 'busy')
    await Promise.all(answers.map(({ done }) => done))
    assert.is(pool.inFlight(0), 0)
    assert.is(pool.stats().workers[0]!.status, 'idle')
    assert.is(pool.stats().requests, 3)
  })
})

test('a worker that is killed loses its requests and no others, and comes back under its id', async () => {
  const errors: unknown[] = []
  const starts: number[] = []
  await withPool(
    { workerNum: 2 },
    {
      onWorkerError: (...error) => errors.push(error),
      onWorkerStart: (id) => starts.push(id),
    },
    async (pool) => {
      const { pid } = pool.stats().workers[0]!
      const silent = ask(pool, '/slow', { headers: { 'x-delay': 10_000 } })
      const speaking = ask(pool, '/endless', { paused: true })
      const other = ask(pool, '/slow', { workerId: 1, headers: { 'x-delay': 300 } })
      await until(() => speaking.length > 0, 'begun')
      process.kill(pid!, 'SIGKILL')
      await Promise.all([silent.done, speaking.done])
      assert.equal([silent.lost, speaking.lost], [false, true])
      assert.is(pool.inFlight(0), 0)
      await until(() => errors.length === 1, 'told')
      assert.equal(errors, [[0, pid, null, 'SIGKILL']])
      await until(() => starts.length === 3, 'started again')
      assert.equal(starts.slice(2), [0])
      const again = JSON.parse((await ask(pool, '/fields').done).text)
      assert.is(again.worker, 0)
      assert.is.not(again.pid, pid)
      assert.is((await other.done).status, '200')
      assert.is(pool.stats().crashes, 1)
    },
  )
})

test('a worker that exits by itself says with which code', async () => {
  const errors: unknown[][] = []
  const listener = { onWorkerError: (...error: unknown[]) => errors.push(error) }
  await withPool({}, listener, async (pool) => {
    const answer = await ask(pool, '/begin-and-exit').done
    assert.equal(answer.events, ['headers', 'lost'])
    assert.is(answer.text, 'begun')
    await until(() => errors.length === 1, 'told')
    assert.equal(errors[0]!.slice(2), [8, null])
    // Requests that come while it starts again wait for it.
    assert.is((await ask(pool, '/slow', { headers: { 'x-delay': 0 } }).done).status, '200')
  })
})

test('a worker that ends again and again is started more and more slowly', async () => {
  const times: number[] = []
  let end = (): void => {}
  await withPool({}, { onWorkerError: () => end() }, async (pool) => {
    end = () => {
      times.push(performance.now())
      if (times.length === 1) return
      assert.is(pool.isAvailable(0), false)
      assert.throws(() => ask(pool, '/slow'), /takes no request/)
    }
    for (let i = 1; i <= 4; i++) {
      await until(() => pool.isAvailable(0), 'available')
      ask(pool, '/exit')
      await until(() => times.length === i, 'ended')
    }
    // Pauses of 0, 100, 200 ms before it was started.
    assert.ok(times[3]! - times[2]! >= 200)
  })
})

test('a long start is no long life', async () => {
  let ends = 0
  let end = (): void => {}
  await withPool(
    { module: fixture('slow-start.ts') },
    { onWorkerError: () => end() },
    async (pool) => {
      end = () => {
        assert.is(pool.isAvailable(0), ++ends < 2)
      }
      for (let i = 1; i <= 2; i++) {
        ask(pool, '/')
        await until(() => ends === i, 'ended')
      }
    },
  )
})

test('reload replaces the processes while requests run, and none is lost', async () => {
  const stops: number[] = []
  const options = { workerNum: 2, maxWaitTime: 10_000 }
  await withPool(options, { onWorkerStop: (id) => stops.push(id) }, async (pool) => {
    const old = pool.stats().workers.map(({ pid }) => pid)
    const running = ask(pool, '/slow', { headers: { 'x-delay': 900 } })
    let reloaded = false
    const reload = pool.reload().then(() => {
      reloaded = true
    })
    const during: Promise<{ status: string | undefined; lost: boolean | undefined }>[] = []
    while (!reloaded && during.length < 1000) {
      during.push(
        ask(pool, '/slow', { workerId: during.length % 2, headers: { 'x-delay': 1 } }).done,
      )
      await sleep(5)
    }
    await reload
    assert.ok(during.length > 10)
    for (const { status, lost } of await Promise.all(during))
      assert.equal([status, lost], ['200', undefined])
    assert.match((await running.done).text, new RegExp(`pid ${old[0]}`))
    const now = pool.stats().workers.map(({ pid }) => pid)
    assert.is(new Set([...old, ...now]).size, 4)
    for (const pid of old) assert.is(isRunning(pid!), false)
    assert.equal(stops.sort(), [0, 1])
  })
})

test('a worker that does not finish is ended when its time is over', async () => {
  const errors: number[] = []
  const listener = { onWorkerError: (id: number) => errors.push(id) }
  await withPool({ maxWaitTime: 100 }, listener, async (pool) => {
    const stuck = ask(pool, '/never')
    await pool.reload()
    assert.is((await stuck.done).lost, false)
    assert.equal(errors, [])
    assert.is((await ask(pool, '/slow', { headers: { 'x-delay': 0 } }).done).status, '200')
  })
})

test('reload of the task workers leaves the others', async () => {
  await withPool({ taskWorkerNum: 1 }, {}, async (pool) => {
    const [worker, task] = pool.stats().workers.map(({ pid }) => pid)
    await pool.reload('tasks')
    const [workerNow, taskNow] = pool.stats().workers.map(({ pid }) => pid)
    assert.is(workerNow, worker)
    assert.is.not(taskNow, task)
  })
})

test('where the successor does not start, the old worker stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsquic-starts-'))
  const options = { module: fixture('starts-once.ts'), env: { STARTS: join(folder, 'once') } }
  await withPool(options, {}, async (pool) => {
    const { pid } = pool.stats().workers[0]!
    await pool.reload().then(
      () => assert.unreachable('reloaded'),
      (error) => assert.match(error.message, /before it was ready: not again/),
    )
    assert.is(pool.stats().workers[0]!.pid, pid)
    assert.is((await ask(pool, '/').done).status, '200')
  })
  rmSync(folder, { recursive: true })
})

test('a worker is replaced after maxRequest requests, and none is lost', async () => {
  await withPool({ maxRequest: 20, maxRequestGrace: 0 }, {}, async (pool) => {
    const pids = new Set<string>()
    // Until two successors have started, however long that takes here.
    for (const end = performance.now() + 30_000; pids.size < 3 && performance.now() < end; ) {
      const answer = await ask(pool, '/slow', { headers: { 'x-delay': 5 } }).done
      assert.is(answer.status, '200')
      pids.add(answer.text)
    }
    assert.is(pids.size, 3)
    assert.is(pool.stats().crashes, 0)
  })
})

test('a worker that gets SIGTERM is replaced first', async () => {
  const stops: number[] = []
  const listener = { onWorkerStop: (_id: number, pid: number) => stops.push(pid) }
  await withPool({ maxWaitTime: 10_000 }, listener, async (pool) => {
    const { pid } = pool.stats().workers[0]!
    const running = ask(pool, '/slow', { headers: { 'x-delay': 500 } })
    process.kill(pid!, 'SIGTERM')
    await until(() => stops.length === 1, 'left')
    assert.equal(stops, [pid])
    assert.is((await running.done).status, '200')
    assert.is.not(pool.stats().workers[0]!.pid, pid)
  })
})

test('shutdown waits for the requests and leaves no process', async () => {
  const pool = new WorkerPool({ module: site, workerNum: 2, maxWaitTime: 2000 }, {})
  await pool.start()
  const pids = pool.stats().workers.map(({ pid }) => pid)
  const running = ask(pool, '/slow', { headers: { 'x-delay': 200 } })
  await Promise.all([pool.shutdown(), pool.shutdown()])
  assert.is((await running.done).status, '200')
  for (const pid of pids) assert.is(isRunning(pid!), false)
  assert.throws(() => ask(pool, '/slow'), /takes no request/)
  await pool.reload().then(
    () => assert.unreachable('reloaded'),
    (error) => assert.match(error.message, /shutting down/),
  )
})

for (const [what, module, message] of [
  ['that throws', 'throws.ts', /before it was ready: a module that throws/],
  ['without handlers', 'no-handlers.ts', /neither a function/],
  ['that is not there', 'missing.ts', /before it was ready: Cannot find/],
] as const) {
  test(`a module ${what} fails the start, and no process is left`, async () => {
    const pids: number[] = []
    const pool = new WorkerPool(
      { module: fixture(module), workerNum: 2 },
      { onWorkerError: (_id, pid) => pids.push(pid), onWorkerStop: (_id, pid) => pids.push(pid) },
    )
    await pool.start().then(
      () => assert.unreachable('started'),
      (error) => assert.match(error.message, message),
    )
    assert.is(pids.length, 2)
    for (const pid of pids) assert.is(isRunning(pid), false)
  })
}

test('a worker that talks nonsense on its bus is ended, and the master goes on', async () => {
  const errors: unknown[][] = []
  const failures: Error[] = []
  const listener = {
    onWorkerError: (...error: unknown[]) => errors.push(error),
    onHandlerError: (_id: number, error: Error) => failures.push(error),
  }
  await withPool({ module: fixture('nonsense.ts'), workerNum: 2 }, listener, async (pool) => {
    for (const [path, message] of [
      ['/no-frame', /A frame/],
      ['/two-heads', /two header sections/],
      ['/body-first', /body without headers/],
      ['/too-much', /longer than its credit/],
      ['/master-frame', /may not send/],
      ['/cut-short', /cut short/],
    ] as const) {
      await until(() => pool.isAvailable(0), 'available')
      errors.length = 0
      failures.length = 0
      const headers = { 'x-message-id': pool.stats().requests + 1 }
      const answer = await ask(pool, path, { headers, paused: path === '/too-much' }).done
      assert.is(answer.events.at(-1), 'lost', path)
      await until(() => errors.length === 1, 'told')
      assert.is(errors[0]![3], 'SIGKILL')
      assert.match(failures[0]!.message, message)
      assert.is((await ask(pool, '/', { workerId: 1 }).done).status, '200')
    }
  })
})

test('workers end when their master is killed', async () => {
  const master = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(fixture('master.ts'))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [line] = (await once(master.stdout, 'data')) as [Buffer]
  const pid = Number(/worker (\d+)/.exec(line.toString())![1])
  assert.is(isRunning(pid), true)
  master.kill('SIGKILL')
  await until(() => !isRunning(pid), 'ended')
})

test('a module may be a function alone', async () => {
  await withPool({ module: fixture('function.ts') }, {}, async (pool) => {
    assert.is((await ask(pool, '/').done).text, 'a function')
  })
})

test('tasks go to the least busy task worker or the one that is named, and answers come back', async () => {
  await withPool({ taskWorkerNum: 2 }, {}, async (pool) => {
    const slow = pool.task({ hang: 2000 })
    const quick = (await pool.task({ double: 21 })) as Record<string, unknown>
    assert.equal([quick.result, quick.from, quick.worker], [42, -1, 2])
    const named = (await pool.task({ double: 1 }, 0)) as Record<string, unknown>
    assert.is(named.worker, 1)
    assert.is(pool.stats().tasking, 1)
    await slow
    assert.is(pool.stats().tasking, 0)
    const answer = await ask(pool, '/task', { headers: { 'x-number': 4 } }).done
    const { result, from } = JSON.parse(answer.text)
    assert.equal([result, from], [8, 0])
    await pool.task({ double: 1 }, 2).then(
      () => assert.unreachable('there is no third'),
      (error) => assert.match(error.message, /no task worker 2/),
    )
  })
})

test('a task of 3 MB has an answer of 20 MB', async () => {
  await withPool({ taskWorkerNum: 1 }, {}, async (pool) => {
    const answer = (await pool.task({
      large: 20_000_000,
      ballast: Buffer.alloc(3_000_000),
    })) as Buffer
    assert.ok(Buffer.alloc(20_000_000, 7).equals(answer))
  })
})

test('a task that fails, or loses its worker, rejects', async () => {
  await withPool({ taskWorkerNum: 1 }, {}, async (pool) => {
    await pool.task({ fail: 1 }).then(
      () => assert.unreachable('fails'),
      (error) => assert.equal([error.name, error.message], ['RangeError', 'a task that fails']),
    )
    const lost = pool.task({ hang: 10_000 })
    process.kill(pool.stats().workers[1]!.pid!, 'SIGKILL')
    await lost.then(
      () => assert.unreachable('lost'),
      (error) => assert.match(error.message, /Task worker 1 is gone/),
    )
    await until(() => pool.isAvailable(1), 'back')
    assert.is(((await pool.task({ double: 2 })) as { result: number }).result, 4)
  })
})

test('messages go from the master to workers and between them', async () => {
  await withPool({ workerNum: 2 }, {}, async (pool) => {
    assert.is(pool.sendMessage({ greeting: 'hello' }, 1), true)
    assert.is(pool.sendMessage('hello', 2), false)
    await ask(pool, '/tell', { headers: { 'x-to': 1 } }).done
    await sleep(20)
    const { messages } = JSON.parse((await ask(pool, '/messages', { workerId: 1 }).done).text)
    assert.equal(messages, [
      { data: { greeting: 'hello' }, from: -1 },
      { data: { from: 0 }, from: 0 },
    ])
  })
})

test('what a listener throws is heard by the process, and no worker is ended for it', async () => {
  const heard: unknown[] = []
  const hear = (error: unknown): void => {
    heard.push(error)
  }
  process.on('uncaughtException', hear)
  const onPipeMessage = (): void => {
    throw new Error('a listener that throws')
  }
  await withPool({}, { onPipeMessage }, async (pool) => {
    assert.is((await ask(pool, '/tell', { headers: { 'x-to': -1 } }).done).status, '200')
    await until(() => heard.length === 1, 'heard')
    assert.is(pool.stats().crashes, 0)
  })
  process.off('uncaughtException', hear)
  assert.match((heard[0] as Error).message, /a listener that throws/)
})

test("a bound connection's begin and end are told to its worker", async () => {
  await withPool({ workerNum: 2 }, {}, async (pool) => {
    pool.connected(1, 41, connection)
    pool.connected(1, 42, connection)
    pool.closed(1, 41)
    pool.closed(-1, 42)
    pool.closed(-1, 43)
    const { sessions } = JSON.parse((await ask(pool, '/messages', { workerId: 1 }).done).text)
    assert.equal(sessions, ['connect 41 192.0.2.7', 'connect 42 192.0.2.7', 'close 41', 'close 42'])
  })
})

test('numbers of workers that make no sense are refused', () => {
  for (const workerNum of [0, -1, 1.5, 1001]) {
    assert.throws(() => new WorkerPool({ module: site, workerNum }, {}), /workerNum is/)
  }
  assert.throws(
    () => new WorkerPool({ module: site, taskWorkerNum: -1 }, {}),
    /taskWorkerNum is -1/,
  )
})

test.run()
