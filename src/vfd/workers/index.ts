export type * from './handlers.ts'
export type * from './types.ts'
export { WorkerPool } from './worker-pool.ts'
