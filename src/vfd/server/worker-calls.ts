import { argumentError } from '../../api/internals.ts'
import type { ClientInfo, ServerStats } from './events.ts'

/** What workers may call. `subscribe` takes the ids, for the request itself is in the worker. */
export interface CallableServer {
  send(sessionId: number, data: string | Uint8Array): boolean
  close(sessionId: number, reset?: boolean): boolean
  exists(sessionId: number): boolean
  getClientInfo(sessionId: number): ClientInfo | undefined
  getClientList(start?: number, count?: number): number[] | undefined
  bind(sessionId: number, uid: number): boolean
  protect(sessionId: number, on?: boolean): boolean
  pause(sessionId: number): boolean
  resume(sessionId: number): boolean
  subscribeStream(sessionId: number, streamId: number): boolean
  stats(): ServerStats
}

type Method = (server: CallableServer, args: readonly unknown[]) => unknown

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['send', (server, [id, data]) => server.send(number(id), bytesOrText(data))],
  ['close', (server, [id, reset]) => server.close(number(id), reset === true)],
  ['exists', (server, [id]) => server.exists(number(id))],
  ['getClientInfo', (server, [id]) => server.getClientInfo(number(id))],
  [
    'getClientList',
    (server, [start = 0, count = 10]) => server.getClientList(number(start), number(count)),
  ],
  ['bind', (server, [id, uid]) => server.bind(number(id), number(uid))],
  ['protect', (server, [id, on]) => server.protect(number(id), on !== false)],
  ['pause', (server, [id]) => server.pause(number(id))],
  ['resume', (server, [id]) => server.resume(number(id))],
  ['subscribe', (server, [id, streamId]) => server.subscribeStream(number(id), number(streamId))],
  ['stats', (server) => server.stats()],
])

/** Carries out `worker.call(method, ...args)`. Throws a TypeError for what cannot be called so. */
export function callFromWorker(
  server: CallableServer,
  method: string,
  args: readonly unknown[],
): unknown {
  const call = METHODS.get(method)
  if (call === undefined) {
    throw argumentError('ERR_INVALID_ARG_VALUE', `A worker cannot call "${method}"`)
  }
  return call(server, args)
}

function number(value: unknown): number {
  if (typeof value === 'number') return value
  throw argumentError('ERR_INVALID_ARG_TYPE', `Expected a number, not ${typeof value}`)
}

function bytesOrText(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  throw argumentError('ERR_INVALID_ARG_TYPE', 'Expected a string or bytes')
}
