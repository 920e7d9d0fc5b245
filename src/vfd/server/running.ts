import type { Reactor } from '../../reactor/index.ts'
import type { VfdSource } from '../source/source.ts'
import type { WorkerPool } from '../workers/index.ts'
import type { Connections } from './connections.ts'
import type { RequestDispatch } from './request-dispatch.ts'
import type { TopSocket } from './top-socket.ts'

/** The parts of a server that runs. */
export interface Running {
  readonly source: VfdSource
  readonly connections: Connections
  pool: WorkerPool | undefined
  dispatch: RequestDispatch | undefined
  heartbeat: NodeJS.Timeout | undefined
  top: TopSocket | undefined
}

/** Closes all of them but the port. */
export async function closeParts(
  { connections, source, pool, heartbeat, top }: Running,
  reactor: Reactor,
): Promise<void> {
  clearInterval(heartbeat)
  await top?.close()
  await pool?.shutdown()
  connections.dispose()
  reactor.exit()
  await source.close()
}
