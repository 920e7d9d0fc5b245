/**
 * Rooms that stay in one worker, so that their state needs no database: GET /room/NAME counts its
 * visits, wherever they come from.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type DispatchRequest, dispatchAnswers, Server } from '../src/vfd/index.ts'
import { exampleCertificate } from './certificate.ts'

const WORKERS = 2

/** The worker of the room in the path; the mode decides about everything else. */
function workerOfRoom(request: DispatchRequest | undefined): number {
  const path = request?.fields.find(({ name }) => name === ':path')?.value ?? ''
  const room = /^\/room\/([^/?]+)/.exec(path)?.[1]
  if (room === undefined) return dispatchAnswers.fallThrough
  return createHash('sha256').update(room).digest().readUInt32BE(0) % WORKERS
}

/** Starts the server; port 0 for any free one. */
export async function startRooms(port: number): Promise<Server> {
  const server = new Server({
    ...(await exampleCertificate()),
    port,
    workerNum: WORKERS,
    worker: new URL('./dispatch-worker.ts', import.meta.url),
    dispatchMode: 'round',
    dispatchFunction: (_connection, request) => workerOfRoom(request),
  })
  return server.start()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startRooms(4433)
  console.log('Rooms are on https://localhost:4433/room/NAME')
  process.once('SIGINT', () => void server.shutdown())
}
