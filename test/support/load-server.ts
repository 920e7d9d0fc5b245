/**
 * A server in a process of its own, so that its memory can be measured. `startLoadServer` runs this
 * file; what it serves is told by the path.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createSecureServer, type ServerOptions } from '../../src/index.ts'
import { createTestCa } from './certificates.ts'

export interface Measurement {
  /** Bytes after a garbage collection. */
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly connections: number
  /** Requests that handlers were called for since the beginning. */
  readonly requests: number
  /** Uncaught exceptions and rejections, as text. */
  readonly uncaught: readonly string[]
}

export interface LoadServerOptions {
  readonly server?: Omit<ServerOptions, 'key' | 'cert'>
}

export class LoadServer {
  readonly port: number
  readonly ca: string
  private readonly child: ChildProcess

  constructor(child: ChildProcess, port: number, ca: string) {
    this.child = child
    this.port = port
    this.ca = ca
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  async measure(): Promise<Measurement> {
    this.child.send('measure')
    const [measurement] = await once(this.child, 'message')
    return measurement
  }

  async stop(): Promise<void> {
    if (this.exited) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
  }
}

const file = fileURLToPath(import.meta.url)

export async function startLoadServer(options: LoadServerOptions = {}): Promise<LoadServer> {
  const authority = await createTestCa()
  const { certPem, keyPem } = await authority.issue()
  const child = fork(file, ['serve'], { execArgv: ['--import', 'tsx', '--expose-gc'] })
  process.once('exit', () => child.kill('SIGKILL'))
  child.send({ ...options.server, cert: certPem, key: keyPem })
  const [port] = await once(child, 'message')
  return new LoadServer(child, port, authority.certPem)
}

/** A megabyte that every response of `/endless` repeats: it takes memory once. */
const BLOCK = Buffer.alloc(1024 * 1024, 0x61)

async function serve(options: ServerOptions): Promise<void> {
  let requests = 0
  const uncaught: string[] = []
  process.on('uncaughtException', (error) => uncaught.push(String(error?.stack ?? error)))
  const server = createSecureServer(options, (request, response) => {
    requests++
    const [, kind, size] = request.url.split('/')
    if (kind === 'bytes') {
      // As much as asked for, in megabytes, as fast as it is taken.
      let left = Number(size)
      const go = () => {
        while (left > 0) {
          left--
          if (!response.write(BLOCK)) {
            response.once('drain', go)
            return
          }
        }
        response.end()
      }
      go()
    } else if (kind === 'echo') {
      request.pipe(response)
    } else if (kind === 'hold') {
      // Neither reads nor answers.
    } else if (kind === 'slow') {
      const timer = setInterval(() => request.read(1024), 50)
      request.on('end', () => response.end('done'))
      request.on('close', () => clearInterval(timer))
    } else {
      response.end(request.url)
    }
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  process.on('message', () => {
    globalThis.gc?.()
    setImmediate(() => {
      globalThis.gc?.()
      const { rss, heapUsed, external } = process.memoryUsage()
      const { connections } = server
      process.send?.({ rss, heapUsed, external, connections, requests, uncaught })
    })
  })
  process.on('disconnect', () => process.exit())
  process.send?.(server.address()?.port)
}

if (process.argv[1] === file && process.argv[2] === 'serve') {
  process.once('message', (options: ServerOptions) => void serve(options))
}
