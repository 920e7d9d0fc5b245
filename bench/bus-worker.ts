/** The worker of bus.ts. */
import type { WorkerModule } from '../src/vfd/workers/index.ts'

const body = Buffer.alloc(512, 1)

export default ((_req, res) => {
  res.end(body)
}) satisfies WorkerModule
