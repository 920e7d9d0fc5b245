/** The first module of a worker's process. The bus is descriptor 3. */
import { Socket } from 'node:net'
import { WorkerRuntime } from './worker-runtime.ts'

new WorkerRuntime(new Socket({ fd: 3, readable: true, writable: true }))
