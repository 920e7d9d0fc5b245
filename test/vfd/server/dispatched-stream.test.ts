import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConnectionPump } from '../../../src/api/internals.ts'
import type { Field } from '../../../src/qpack/index.ts'
import { DispatchedStream } from '../../../src/vfd/server/dispatched-stream.ts'
import type { WorkerRequest } from '../../../src/vfd/workers/index.ts'

const test = suite('vfd/server/dispatched-stream')

const fields: readonly Field[] = [{ name: ':method', value: 'POST' }]
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const statusOf = (list: readonly Field[]) => list[0]?.value

/** A stream between a connection and a worker that write down what they are told. */
function setUp({ ended = false, bodies = [] as string[] } = {}) {
  const client: string[] = []
  const worker: string[] = []
  const told: string[] = []
  const state = { clientRoom: true, workerRoom: true }
  const pump = {
    readBody: () => {
      const next = bodies.shift()
      return next === undefined ? undefined : Buffer.from(next)
    },
    touch() {},
    h3: {
      sendHeaders: (_id: number, list: readonly Field[], end: boolean) =>
        client.push(`headers ${statusOf(list)}${end ? ' end' : ''}`),
      sendInformational: (_id: number, list: readonly Field[]) =>
        client.push(`interim ${statusOf(list)}`),
      sendData: (_id: number, bytes: Uint8Array, end: boolean) => {
        client.push(`data ${text(bytes)}${end ? ' end' : ''}`)
        return state.clientRoom
      },
      sendTrailers: () => client.push('trailers'),
      resetStream: (_id: number, code: number) => client.push(`reset ${code}`),
      stopReading: (_id: number, code: number) => client.push(`stop ${code}`),
    },
  } as unknown as ConnectionPump
  const request = {
    writeBody: (bytes: Uint8Array) => {
      worker.push(`body ${text(bytes)}`)
      return state.workerRoom
    },
    endBody: () => worker.push('end'),
    endWithTrailers: () => worker.push('end with trailers'),
    abort: (code: number) => worker.push(`abort ${code}`),
    stop: (code: number) => worker.push(`stop ${code}`),
    resume: () => worker.push('resume'),
  } as unknown as WorkerRequest
  const stream = new DispatchedStream(pump, 4, fields, ended, {
    onResponse: () => told.push('response'),
    onQueued: (room) => told.push(room ? 'queued' : 'full'),
    onLost: () => told.push('lost'),
  })
  return { stream, request, client, worker, told, state, bodies }
}

test('a body goes to the worker as fast as that takes it', () => {
  const { stream, request, worker, state, bodies } = setUp({ bodies: ['a', 'b'] })
  stream.attach(request)
  assert.equal(worker, ['body a', 'body b'])
  state.workerRoom = false
  bodies.push('c', 'd')
  stream.onBodyReadable()
  bodies.push('e')
  stream.onBodyReadable()
  assert.equal(worker, ['body a', 'body b', 'body c'])
  state.workerRoom = true
  stream.response.onWritable()
  assert.equal(worker.slice(3), ['body d', 'body e'])
  stream.onEnded()
  assert.is(worker.at(-1), 'end')
})

test('what came before a worker was chosen is not lost', () => {
  const early = setUp()
  early.stream.onEnded()
  early.stream.attach(early.request)
  assert.equal(early.worker, ['end'])
  const trailed = setUp()
  trailed.stream.onTrailers([{ name: 'x', value: 'y' }])
  trailed.stream.onEnded()
  trailed.stream.attach(trailed.request)
  assert.equal(trailed.worker, ['end with trailers'])
})

test('a response goes to the client, and waits where that has no room', () => {
  const { stream, request, client, worker, told, state } = setUp({ ended: true })
  stream.attach(request)
  assert.not(stream.hasOpenResponse)
  stream.response.onInformational([{ name: ':status', value: '103' }])
  stream.response.onHeaders([{ name: ':status', value: '200' }], false)
  assert.ok(stream.hasOpenResponse)
  assert.ok(stream.response.onData(Buffer.from('a')))
  state.clientRoom = false
  assert.not(stream.response.onData(Buffer.from('b')))
  stream.onWritable()
  assert.equal(worker, ['resume'])
  stream.response.onEnd()
  assert.not(stream.hasOpenResponse)
  assert.equal(client, ['interim 103', 'headers 200', 'data a', 'data b', 'data  end'])
  assert.equal(told, ['response', 'queued', 'full'])
})

test('a worker that is lost is 503 before the response, and a reset within it', () => {
  const before = setUp()
  before.stream.attach(before.request)
  before.stream.response.onLost(false)
  assert.equal(before.client, ['headers 503 end', 'stop 256'])
  const within = setUp({ ended: true })
  within.stream.attach(within.request)
  within.stream.response.onHeaders([{ name: ':status', value: '200' }], false)
  within.stream.response.onLost(true)
  assert.equal(within.client, ['headers 200', 'reset 258'])
  assert.ok(before.told.includes('lost') && within.told.includes('lost'))
})

test('a client that gives up ends the worker’s request, and gets nothing more', () => {
  const { stream, request, client, worker } = setUp()
  stream.attach(request)
  stream.onAborted(0x10c)
  assert.equal(worker, ['abort 268'])
  assert.equal(client, ['reset 268'])
  stream.response.onHeaders([{ name: ':status', value: '200' }], false)
  assert.ok(stream.response.onData(Buffer.from('late')))
  stream.response.onEnd()
  assert.is(client.length, 1)
})

test('a client that wants no response may still send its body', () => {
  const { stream, request, worker } = setUp({ bodies: ['a'] })
  stream.attach(request)
  stream.onStopped(0x10c)
  stream.onEnded()
  assert.equal(worker, ['body a', 'stop 268', 'end'])
  assert.ok(stream.isOver)
})

test('a request that is not taken may be sent again', () => {
  const { stream, client } = setUp()
  stream.reject()
  assert.equal(client, ['reset 267', 'stop 256'])
})

test('a request that does not come is 408, a response that nobody reads is reset', () => {
  const slow = setUp()
  slow.stream.attach(slow.request)
  slow.stream.expire(slow.stream.startedAt - 1, 0)
  assert.equal(slow.client, [])
  slow.stream.expire(slow.stream.startedAt + 1, 0)
  assert.equal(slow.client, ['headers 408 end', 'stop 256'])
  assert.equal(slow.worker, ['abort 268'])
  const unread = setUp({ ended: true })
  unread.stream.attach(unread.request)
  unread.state.clientRoom = false
  unread.stream.response.onHeaders([{ name: ':status', value: '200' }], false)
  unread.stream.response.onData(Buffer.from('a'))
  unread.stream.expire(Number.POSITIVE_INFINITY, performance.now() + 1)
  assert.is(unread.client.at(-1), 'reset 268')
})

test.run()
