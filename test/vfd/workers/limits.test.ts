/** The caps that no single worker reaches in a test of its own. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answerCall } from '../../../src/vfd/workers/answer-call.ts'
import { decodeError, decodeValue, encodeValue } from '../../../src/vfd/workers/clone.ts'
import { MAX_CALLS, MAX_TASKS } from '../../../src/vfd/workers/limits.ts'
import { TaskRouter } from '../../../src/vfd/workers/task-router.ts'
import type { WorkerProcess } from '../../../src/vfd/workers/worker-process.ts'

const test = suite('workers/limits')

interface Sent {
  readonly id: number
  readonly payload: Uint8Array
  readonly isError: boolean
}

/** A worker's process as far as tasks and calls need one. */
const fakeProcess = (): { process: WorkerProcess; sent: Sent[] } => {
  const sent: Sent[] = []
  const process = {
    id: 1,
    tasks: new Set<number>(),
    calls: 0,
    served: 0,
    send(_type: number, id: number, payload: Uint8Array, _workerId = -1, isError = false): void {
      sent.push({ id, payload, isError })
    },
  }
  return { process: process as unknown as WorkerProcess, sent }
}

test('tasks beyond the limit are refused, and taken again when others end', async () => {
  const { process, sent } = fakeProcess()
  let id = 0
  const router = new TaskRouter(
    () => ++id,
    () => process,
  )
  const refused: Error[] = []
  for (let i = 0; i < MAX_TASKS; i++) router.submit(i, -1).catch((error) => refused.push(error))
  assert.is(router.size, MAX_TASKS)
  await router.submit('one more', -1).then(
    () => assert.unreachable('taken'),
    (error) => assert.match(error.message, /100000 tasks are waiting/),
  )
  assert.is(sent.length, MAX_TASKS)
  router.lose(process)
  assert.is(router.size, 0)
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(refused.length, MAX_TASKS)
  router.submit('again', -1).catch(() => {})
  assert.is(sent.length, MAX_TASKS + 1)
})

test('calls of a worker beyond the limit are answered with an error', async () => {
  const { process, sent } = fakeProcess()
  const answers: (() => void)[] = []
  const listener = {
    onCall: (_method: string, [value]: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve) => {
        answers.push(() => resolve(value))
      }),
  }
  const calls: Promise<void>[] = []
  for (let i = 0; i < MAX_CALLS; i++) {
    calls.push(answerCall(process, i, encodeValue(['echo', i]), listener))
  }
  await answerCall(process, MAX_CALLS, encodeValue(['echo', 0]), listener)
  assert.is(sent.length, 1)
  assert.is(sent[0]!.isError, true)
  assert.match(decodeError(sent[0]!.payload).message, /10000 calls/)
  for (const answer of answers) answer()
  await Promise.all(calls)
  assert.is(sent.length, MAX_CALLS + 1)
  assert.equal([sent[5]!.id, decodeValue(sent[5]!.payload)], [4, 4])
  assert.is(process.calls, 0)
})

test.run()
