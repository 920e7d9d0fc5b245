/** What the workers of the bench do with a request: as little as can be. */
import type { WorkerHandlers } from '../src/vfd/index.ts'

const handlers: WorkerHandlers = { request: (_request, response) => response.end('ok') }

export default handlers
