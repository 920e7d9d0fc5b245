import { frameTypes } from '../bus/index.ts'
import { decodeValue, encodeError, encodeValue } from './clone.ts'
import { MAX_CALLS } from './limits.ts'
import type { WorkerPoolListener } from './types.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Answers a worker's `call` with what the server returns, or throws. */
export async function answerCall(
  process: WorkerProcess,
  callId: number,
  payload: Uint8Array,
  listener: WorkerPoolListener,
): Promise<void> {
  process.calls++
  try {
    if (process.calls > MAX_CALLS) throw new Error(`${MAX_CALLS} calls are waiting`)
    const [method, ...args] = decodeValue(payload) as [unknown, ...unknown[]]
    if (listener.onCall === undefined) throw new Error(`There is no method ${method}`)
    const answer = await listener.onCall(String(method), args, process.id)
    process.send(frameTypes.reply, callId, encodeValue(answer))
  } catch (error) {
    process.send(frameTypes.reply, callId, encodeError(error), -1, true)
  } finally {
    process.calls--
  }
}
