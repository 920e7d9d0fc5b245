import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createDispatcher,
  type DispatchMode,
  type DispatchSubject,
  dispatchModes,
  type WorkerLoads,
} from '../../../src/vfd/dispatch/index.ts'

const test = suite('dispatch/dispatcher')

class Loads implements WorkerLoads {
  readonly counts: number[]
  readonly missing = new Set<number>()

  constructor(...counts: number[]) {
    this.counts = counts
  }

  get size(): number {
    return this.counts.length
  }

  inFlight(workerId: number): number {
    return this.counts[workerId]!
  }

  isAvailable(workerId: number): boolean {
    return !this.missing.has(workerId)
  }
}

const subject = (sessionId: number, address = '192.0.2.7', uid = 0): DispatchSubject => ({
  sessionId,
  uid,
  remote: { address, port: 40_000 + sessionId },
  workerId: -1,
})

const sessions = (count: number): DispatchSubject[] =>
  Array.from({ length: count }, (_, i) =>
    subject(i + 1, `198.51.${100 + (i >> 8)}.${i & 255}`, (i * 7) % 1000),
  )

const choices = (mode: DispatchMode, loads: Loads, subjects: DispatchSubject[]): number[] => {
  const dispatcher = createDispatcher(mode, { loads })
  return subjects.map((each) => dispatcher.dispatch(each))
}

const same = (id: number, count: number): DispatchSubject[] =>
  new Array<DispatchSubject>(count).fill(subject(id))

test('round takes the workers in turn', () => {
  assert.equal(choices('round', new Loads(9, 0, 0), same(5, 5)), [0, 1, 2, 0, 1])
})

test('round passes over a worker without a process', () => {
  const loads = new Loads(0, 0, 0)
  loads.missing.add(1)
  assert.equal(choices('round', loads, same(5, 4)), [0, 2, 0, 2])
})

test('fdmod goes by the session id, and a worker keeps its sessions while it is away', () => {
  const loads = new Loads(0, 0, 0, 0)
  loads.missing.add(1)
  const subjects = [1, 2, 3, 4, 5, 2 ** 33 + 2].map((id) => subject(id))
  assert.equal(choices('fdmod', loads, subjects), [1, 2, 3, 0, 1, 2])
})

test('idleWorker looks for one without requests, beginning after the last', () => {
  assert.equal(choices('idleWorker', new Loads(1, 0, 3, 0), same(5, 4)), [1, 3, 1, 3])
})

test('idleWorker takes the last probed when none is idle, and warns once a second', () => {
  let now = 0
  const warnings: string[] = []
  const dispatcher = createDispatcher('idleWorker', {
    loads: new Loads(1, 1, 1),
    now: () => now,
    onWarning: (message) => warnings.push(message),
  })
  assert.is(dispatcher.dispatch(subject(1)), 0)
  now = 999
  assert.is(dispatcher.dispatch(subject(1)), 1)
  assert.equal(warnings, ['No worker is idle'])
  now = 1000
  dispatcher.dispatch(subject(1))
  assert.is(warnings.length, 2)
})

test('ipmod goes by the address without the port, as it was at the first dispatch', () => {
  const dispatcher = createDispatcher('ipmod', { loads: new Loads(0, 0, 0, 0) })
  const a = subject(1, '192.0.2.6')
  const b = subject(2, '192.0.2.6')
  assert.is(dispatcher.dispatch(a), 2)
  assert.is(dispatcher.dispatch(b), 2)
  const moved: DispatchSubject = { ...a, remote: { address: '192.0.2.5', port: 1 } }
  assert.is(dispatcher.dispatch(moved), 2)
  assert.is(dispatcher.dispatch(subject(3, '192.0.2.5')), 1)
})

test('uidmod goes by the bound number, else by the session id', () => {
  const subjects = [subject(5, '::1', 7), subject(5, '::1', 0), subject(6, '::1', 7)]
  assert.equal(choices('uidmod', new Loads(0, 0, 0, 0), subjects), [3, 1, 3])
})

test('coConnLb chooses the least busy worker once for a connection', () => {
  const loads = new Loads(3, 1, 2)
  const dispatcher = createDispatcher('coConnLb', { loads })
  const one = subject(1)
  assert.is(dispatcher.dispatch(one), 1)
  assert.is(one.workerId, 1)
  loads.counts[1] = 9
  assert.is(dispatcher.dispatch(one), 1)
  assert.is(dispatcher.dispatch(subject(2)), 2)
})

for (const mode of ['coReqLb', 'concurrentLb'] as const) {
  test(`${mode} chooses the least busy worker for each request`, () => {
    const loads = new Loads(3, 1, 2)
    const dispatcher = createDispatcher(mode, { loads })
    assert.is(dispatcher.dispatch(subject(1)), 1)
    loads.counts[1] = 9
    assert.is(dispatcher.dispatch(subject(1)), 2)
    loads.missing.add(2)
    assert.is(dispatcher.dispatch(subject(1)), 0)
  })
}

test('the least busy are taken in turn when they are equal', () => {
  assert.equal(choices('concurrentLb', new Loads(0, 0, 0), same(1, 4)), [0, 1, 2, 0])
})

test('a function is asked first in any mode, with the request', () => {
  const seen: unknown[] = []
  const answers = [2, -1, -2, -3]
  const dispatcher = createDispatcher<string>('fdmod', {
    loads: new Loads(0, 0, 0),
    dispatchFunction: ({ sessionId }, request) => {
      seen.push(sessionId, request)
      return answers.shift()!
    },
  })
  const got = ['/a', '/b', '/c', '/d'].map((path) => dispatcher.dispatch(subject(4), path))
  assert.equal(got, [2, -1, -2, 1])
  assert.equal(seen, [4, '/a', 4, '/b', 4, '/c', 4, '/d'])
})

for (const [what, answer] of [
  ['a worker that there is not', () => 3],
  ['a number below the answers', () => -4],
  ['no integer', () => 0.5],
  ['no number', () => Number.NaN],
  [
    'an exception',
    () => {
      throw new Error('no idea')
    },
  ],
] as const) {
  test(`a function whose answer is ${what} falls through to the mode with a warning`, () => {
    const warnings: string[] = []
    const dispatcher = createDispatcher('fdmod', {
      loads: new Loads(0, 0, 0),
      dispatchFunction: answer,
      onWarning: (message) => warnings.push(message),
    })
    assert.is(dispatcher.dispatch(subject(4)), 1)
    assert.is(warnings.length, 1)
  })
}

test('userfunc without an answer goes to an idle worker', () => {
  const dispatcher = createDispatcher('userfunc', {
    loads: new Loads(1, 1, 0),
    dispatchFunction: () => -3,
  })
  assert.is(dispatcher.dispatch(subject(1)), 2)
})

test('userfunc needs a function', () => {
  assert.throws(() => createDispatcher(6, { loads: new Loads(0) }), /needs a dispatchFunction/)
})

test('modes have the numbers of Swoole, of which 7 is not used', () => {
  const loads = new Loads(0)
  const dispatchFunction = (): number => -3
  for (const [name, number] of Object.entries(dispatchModes)) {
    assert.is(createDispatcher(number, { loads, dispatchFunction }).mode, name)
  }
  assert.equal(Object.values(dispatchModes), [1, 2, 3, 4, 5, 6, 8, 9, 10])
  assert.throws(() => createDispatcher(7 as 8, { loads }), /no dispatch mode 7/)
  assert.throws(() => createDispatcher('fast' as 'round', { loads }), /no dispatch mode fast/)
})

test('modes say whether a connection stays with a worker', () => {
  const sticky = Object.values(dispatchModes).filter(
    (mode) => mode !== 6 && createDispatcher(mode, { loads: new Loads(0) }).isSticky,
  )
  assert.equal(sticky, [2, 4, 8])
  const dispatchFunction = (): number => 0
  assert.not(createDispatcher(2, { loads: new Loads(0), dispatchFunction }).isSticky)
})

/** Each request stays for a while: with the least busy chosen, none gets more than others. */
for (const mode of Object.values(dispatchModes)) {
  test(`mode ${mode} spreads 1,000 sessions over 4 workers with a skew of at most 1.1`, () => {
    const loads = new Loads(0, 0, 0, 0)
    const dispatcher = createDispatcher(mode, {
      loads,
      ...(mode === 6 ? { dispatchFunction: ({ sessionId }) => sessionId % 4 } : {}),
    })
    for (const each of sessions(1000)) loads.counts[dispatcher.dispatch(each)]!++
    const skew = Math.max(...loads.counts) / Math.min(...loads.counts)
    assert.ok(skew <= 1.1, `${loads.counts.join(' ')}: ${skew}`)
  })
}

test.run()
