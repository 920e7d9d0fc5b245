import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { DEFAULT_TOP_ROWS, MAX_TOP_CLIENTS, MAX_TOP_LINE, MAX_TOP_ROWS } from './limits.ts'
import { makeTopFolder, topFolder } from './top-folder.ts'
import type { TopAnswer } from './top-protocol.ts'
import { TopSocketError } from './top-socket-error.ts'

/** Bytes of a path in the system's `sun_path`, without the zero at its end. */
const MAX_PATH_LENGTH = process.platform === 'linux' ? 107 : 103

/** A Unix socket, for this user alone, that answers every line with the table as a line of JSON. */
export class TopSocket {
  readonly path: string
  private readonly server: Server
  private readonly snapshot: (rows: number) => TopAnswer
  private readonly clients = new Set<Socket>()

  private constructor(path: string, snapshot: (rows: number) => TopAnswer) {
    this.path = path
    this.snapshot = snapshot
    this.server = createServer((client) => this.serve(client))
    this.server.maxConnections = MAX_TOP_CLIENTS
    this.server.unref()
  }

  /**
   * Rejects with a `TopSocketError` when there can be no such socket. A socket that nobody listens on
   * is replaced; any other file stays.
   *
   * @param where a path in a directory that is there, or true for one by process id
   */
  static async listen(
    where: string | true,
    snapshot: (rows: number) => TopAnswer,
  ): Promise<TopSocket> {
    const path = where === true ? join(topFolder(), `${process.pid}.sock`) : where
    const socket = new TopSocket(path, snapshot)
    try {
      if (where === true) makeTopFolder()
      await makeRoom(path)
      await socket.bind()
    } catch (error) {
      throw error instanceof TopSocketError ? error : bindFailure(path, error as Error)
    }
    return socket
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private bind(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      // Nobody else may connect, not even before the mode is set.
      const mask = process.umask(0o177)
      this.server.listen(this.path, () => {
        this.server.off('error', reject)
        chmodSync(this.path, 0o600)
        resolve()
      })
      process.umask(mask)
    })
  }

  private serve(client: Socket): void {
    this.clients.add(client)
    client.unref()
    client.setEncoding('utf8')
    let line = ''
    client.on('data', (text: string) => {
      line += text
      for (let end = line.indexOf('\n'); end !== -1; end = line.indexOf('\n')) {
        const rows = rowsAsked(line.slice(0, end))
        line = line.slice(end + 1)
        if (rows === undefined || client.writableNeedDrain) {
          client.destroy()
          return
        }
        client.write(`${JSON.stringify(this.snapshot(rows))}\n`)
      }
      if (line.length > MAX_TOP_LINE) client.destroy()
    })
    client.on('error', () => {})
    client.on('close', () => this.clients.delete(client))
  }
}

/** Undefined when that was no question. */
function rowsAsked(line: string): number | undefined {
  try {
    const { rows = DEFAULT_TOP_ROWS } = JSON.parse(line) as { rows?: unknown }
    return Number.isInteger(rows) ? Math.min(Math.max(0, rows as number), MAX_TOP_ROWS) : undefined
  } catch {
    return undefined
  }
}

/** Leaves nothing at the path, or throws because of what is there. */
async function makeRoom(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_LENGTH) {
    const message = `${path} is too long for a socket: at most ${MAX_PATH_LENGTH} bytes`
    throw new TopSocketError('ENAMETOOLONG', path, message)
  }
  const directory = dirname(path)
  if (!existsSync(directory)) {
    const message = `the directory ${directory} of the socket ${path} does not exist`
    throw new TopSocketError('ENOENT', path, message)
  }
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket())
    throw new TopSocketError('ENOTSOCK', path, `${path} exists and is no socket`)
  if (!(await isAbandoned(path))) {
    const message = `the socket ${path} is in use by another process`
    throw new TopSocketError('EADDRINUSE', path, message)
  }
  unlinkSync(path)
}

function bindFailure(path: string, error: NodeJS.ErrnoException): TopSocketError {
  const { code = '', message } = error
  return new TopSocketError(code, path, `no socket at ${path}: ${message}`, { cause: error })
}

/** Only a refusal says that nobody listens; one who may not ask, or has to wait, knows nothing. */
function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
}
