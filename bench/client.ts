/** The client's process: does one job and reports one figure. */
import {
  bodyPath,
  bulkBytes,
  type ClientOrder,
  type ClientReport,
  idleConnections,
  type Job,
  smallBytes,
} from './protocol.ts'
import { type BenchSession, loadStack, type Stack } from './stacks.ts'

const report = (message: ClientReport): void => {
  process.send!(message)
}

/** Fails when a body is not as long as it has to be: a fast wrong answer is no result. */
const get = (session: BenchSession, length: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = session.request({ ':path': bodyPath(length) }, { endStream: true })
    let received = 0
    request.on('data', (bytes: Uint8Array) => {
      received += bytes.length
    })
    request.on('error', reject)
    request.on('end', () => {
      if (received === length) resolve()
      else reject(new Error(`${received} of ${length} bytes`))
    })
  })

/** Runs a task so many times, with so many of them under way at once. */
const repeat = async (count: number, atOnce: number, task: () => Promise<void>): Promise<void> => {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await task()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const seconds = async (task: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await task()
  return (performance.now() - start) / 1000
}

class Client {
  readonly #stack: Stack
  readonly #origin: string
  readonly #ca: string

  constructor(stack: Stack, port: number, ca: string) {
    this.#stack = stack
    this.#origin = `https://127.0.0.1:${port}`
    this.#ca = ca
  }

  #connect(): BenchSession {
    const session = this.#stack.connect(this.#origin, { ca: this.#ca })
    session.on('error', (error) => {
      throw error
    })
    return session
  }

  /** Bits per second of one long body. */
  async bulk(): Promise<number> {
    const session = this.#connect()
    await get(session, bulkBytes / 2)
    return (bulkBytes * 8) / (await seconds(() => get(session, bulkBytes)))
  }

  /** Requests per second over one connection, 100 in flight. */
  async requests(): Promise<number> {
    const count = 50_000
    const session = this.#connect()
    const ask = (): Promise<void> => get(session, smallBytes)
    await repeat(20_000, 100, ask)
    return count / (await seconds(() => repeat(count, 100, ask)))
  }

  async #handshake(): Promise<void> {
    const session = this.#connect()
    await get(session, smallBytes)
    session.close()
  }

  /** Connections per second, each with one request, 8 under way at once. */
  async handshakes(): Promise<number> {
    const count = 2_000
    const task = (): Promise<void> => this.#handshake()
    await repeat(2_000, 8, task)
    return count / (await seconds(() => repeat(count, 8, task)))
  }

  /** Holds connections open; the server's process is the one that is measured. */
  async idle(): Promise<number> {
    await repeat(100, 8, () => this.#handshake())
    report({ type: 'warm' })
    await new Promise<void>((resolve) => process.once('message', () => resolve()))
    await repeat(idleConnections, 8, () => get(this.#connect(), smallBytes))
    report({ type: 'open' })
    await new Promise<void>((resolve) => process.once('message', () => resolve()))
    return idleConnections
  }

  run(job: Job): Promise<number> {
    return this[job]()
  }
}

process.once('message', async (order: ClientOrder) => {
  const client = new Client(await loadStack(order.stack), order.port, order.ca)
  report({ type: 'result', value: await client.run(order.job) })
})
