/** What the workers of the bench do with a request: as little as can be. */
import type { WorkerContext, WorkerHandlers } from '../src/vfd/index.ts'

const body = Buffer.alloc(1_000_000, 'x')
let worker: WorkerContext | undefined

const handlers: WorkerHandlers = {
  start(context) {
    worker = context
  },
  request(request, response) {
    if (request.url === '/') response.end('ok')
    else response.end(body.subarray(0, Number(request.url.slice(1))))
  },
  /** The master asks what was copied, when `vfd-copies.ts` counts it. */
  async pipeMessage() {
    const { takeCopied } = await import('./vfd-copies.ts')
    worker?.sendMessage(takeCopied(), -1)
  },
}

export default handlers
