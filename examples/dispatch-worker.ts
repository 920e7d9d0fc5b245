import type { WorkerContext, WorkerHandlers } from '../src/vfd/index.ts'

const visits = new Map<string, number>()
let worker: WorkerContext | undefined

const handlers: WorkerHandlers = {
  start(context) {
    worker = context
  },
  request(request, response) {
    const count = (visits.get(request.url) ?? 0) + 1
    visits.set(request.url, count)
    response.end(`${request.url}: visit ${count}, in worker ${worker?.id}\n`)
  },
}

export default handlers
