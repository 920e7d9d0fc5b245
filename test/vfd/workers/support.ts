/** The server's side of requests in workers, for tests that have no server. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Field } from '../../../src/qpack/index.ts'
import {
  type ConnectionInfo,
  type ResponseSink,
  WorkerPool,
  type WorkerPoolListener,
  type WorkerPoolOptions,
  type WorkerRequest,
} from '../../../src/vfd/workers/index.ts'

export const site = new URL('./fixtures/site.ts', import.meta.url)

export const connection: ConnectionInfo = {
  remote: { address: '192.0.2.7', port: 50123 },
  local: { address: '192.0.2.1', port: 443 },
  serverName: 'example.test',
  authorized: false,
  authorizationError: undefined,
  peerCertificate: undefined,
}

/** Takes a response as it comes. With `paused` nothing has room until `unpause`. */
export class Answer implements ResponseSink {
  readonly events: string[] = []
  fields: readonly Field[] = []
  informational: (readonly Field[])[] = []
  trailers: readonly Field[] = []
  length = 0
  readonly done: Promise<this>
  request: WorkerRequest | undefined
  lost: boolean | undefined
  onWritableAgain: (() => void) | undefined
  private readonly pieces: Uint8Array[] = []
  private paused: boolean
  private resolve: (answer: this) => void = () => {}

  constructor(paused = false) {
    this.paused = paused
    this.done = new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  header(name: string): string | undefined {
    return this.fields.find((field) => field.name === name)?.value
  }

  get status(): string | undefined {
    return this.header(':status')
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces)
  }

  get text(): string {
    return this.body.toString()
  }

  unpause(): void {
    this.paused = false
    this.request?.resume()
  }

  onInformational(fields: readonly Field[]): void {
    this.events.push('informational')
    this.informational.push(fields)
  }

  onHeaders(fields: readonly Field[], ended: boolean): void {
    this.events.push('headers')
    this.fields = fields
    if (ended) this.resolve(this)
  }

  onData(bytes: Uint8Array): boolean {
    this.pieces.push(bytes)
    this.length += bytes.length
    return !this.paused
  }

  onTrailers(fields: readonly Field[]): void {
    this.events.push('trailers')
    this.trailers = fields
    this.resolve(this)
  }

  onEnd(): void {
    this.events.push('end')
    this.resolve(this)
  }

  onReset(errorCode: number): void {
    this.events.push(`reset ${errorCode.toString(16)}`)
    this.resolve(this)
  }

  onWritable(): void {
    this.onWritableAgain?.()
  }

  onStopReading(errorCode: number): void {
    this.events.push(`stop ${errorCode.toString(16)}`)
  }

  onLost(headersSent: boolean): void {
    this.events.push('lost')
    this.lost = headersSent
    this.resolve(this)
  }
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly workerId?: number
  readonly sessionId?: number
  readonly streamId?: number
  readonly body?: Uint8Array
  readonly trailers?: readonly Field[]
  readonly paused?: boolean
  readonly connection?: ConnectionInfo
  /** The request stays open: the test sends the body. */
  readonly open?: boolean
}

export function ask(pool: WorkerPool, path: string, options: Ask = {}): Answer {
  const { headers = {}, workerId = 0, sessionId = 1, streamId = 0, body, trailers } = options
  const hasBody = body !== undefined || trailers !== undefined || options.open === true
  const fields: Field[] = [
    { name: ':method', value: hasBody ? 'POST' : 'GET' },
    { name: ':scheme', value: 'https' },
    { name: ':authority', value: 'example.test' },
    { name: ':path', value: path },
  ]
  for (const [name, value] of Object.entries(headers)) fields.push({ name, value: String(value) })
  const answer = new Answer(options.paused)
  const head = {
    sessionId,
    streamId,
    fields,
    ended: !hasBody,
    connection: options.connection ?? connection,
  }
  answer.request = pool.open(workerId, head, answer)
  if (answer.request === undefined) throw new Error('the worker takes no request')
  if (body !== undefined) void sendBody(answer, body, trailers)
  else if (trailers !== undefined) answer.request.endWithTrailers(trailers)
  return answer
}

/** As HTTP/3 delivers it: in pieces of a packet's size, and no further than there is room. */
async function sendBody(
  answer: Answer,
  body: Uint8Array,
  trailers: readonly Field[] | undefined,
): Promise<void> {
  const request = answer.request!
  for (let at = 0; at < body.length; at += 1300) {
    if (request.writeBody(body.subarray(at, at + 1300))) continue
    await new Promise<void>((resolve) => {
      answer.onWritableAgain = resolve
    })
  }
  if (trailers === undefined) request.endBody()
  else request.endWithTrailers(trailers)
}

/** Runs `body` with workers of the site, and ends them whatever happens. */
export async function withPool(
  options: Partial<WorkerPoolOptions>,
  listener: WorkerPoolListener,
  body: (pool: WorkerPool) => Promise<void>,
): Promise<void> {
  const pool = new WorkerPool({ module: site, maxWaitTime: 1000, ...options }, listener)
  await pool.start()
  try {
    await body(pool)
  } finally {
    await pool.shutdown()
  }
}

/** Waits for something that another process does; fails after a minute. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`)
    await sleep(5)
  }
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')
