import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface, type Interface } from 'node:readline'
import type { TopAnswer } from '../vfd/index.ts'

/** Asks a running server for its table. */
export class TopClient {
  private readonly socket: Socket
  private readonly lines: AsyncIterator<string>
  private readonly reader: Interface

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    this.reader = createInterface({ input: socket })
    this.lines = this.reader[Symbol.asyncIterator]()
  }

  /** Rejects when nobody listens there. */
  static async connect(path: string): Promise<TopClient> {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
    } catch (error) {
      throw new Error(`no server answers at ${path} (${(error as NodeJS.ErrnoException).code})`)
    }
    return new TopClient(socket)
  }

  /** Undefined when the server has ended. */
  async ask(rows: number): Promise<TopAnswer | undefined> {
    this.socket.write(`${JSON.stringify({ rows: Math.floor(rows) })}\n`)
    const { value, done } = await this.lines.next()
    return done === true ? undefined : (JSON.parse(value) as TopAnswer)
  }

  /** Waits, but not for a server that ends. */
  async pause(ms: number): Promise<void> {
    if (this.socket.destroyed) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
      this.socket.once('close', resolve)
    })
    clearTimeout(timer)
    this.socket.removeAllListeners('close')
  }

  close(): void {
    this.reader.close()
    this.socket.destroy()
  }
}
