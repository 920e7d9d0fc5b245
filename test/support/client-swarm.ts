/**
 * Many HTTP/3 connections from one UDP socket, with as little on top of the transport as there can be:
 * for tests and benches that open hundreds of them.
 */
import {
  ConnectionPump,
  type MessageStream,
  type PumpOwner,
} from '../../src/api/connection-pump.ts'
import { EndpointHost } from '../../src/api/endpoint-host.ts'
import { defaultH3Options } from '../../src/h3/index.ts'
import type { Field } from '../../src/qpack/index.ts'
import type { CloseInfo, TransportConfig } from '../../src/quic/index.ts'
import { nodeCrypto } from '../../src/tls13/index.ts'

export interface SwarmAnswer {
  readonly status: number
  readonly length: number
}

/** One connection of a swarm. */
export class SwarmClient implements PumpOwner {
  pump: ConnectionPump | undefined
  /** Why it ended. */
  closed: CloseInfo | undefined
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  private ready = false
  private readonly closers: (() => void)[] = []

  /** Resolves when the handshake is complete. */
  opened(): Promise<void> {
    if (this.ready) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  /** Resolves when the connection is over, whoever ended it. */
  ended(): Promise<void> {
    if (this.closed !== undefined) return Promise.resolve()
    return new Promise((resolve) => this.closers.push(resolve))
  }

  get(path: string): Promise<SwarmAnswer> {
    const { pump } = this
    if (pump === undefined) throw new Error('not connected')
    const fields = [
      { name: ':method', value: 'GET' },
      { name: ':scheme', value: 'https' },
      { name: ':authority', value: 'localhost' },
      { name: ':path', value: path },
    ]
    return new Promise((resolve, reject) => {
      const id = pump.h3.request(fields, true)
      if (id === undefined) {
        reject(new Error('no stream to be had'))
        return
      }
      pump.streams.set(id, new SwarmRequest(pump, id, resolve, reject))
      pump.touch()
    })
  }

  close(errorCode = 0x100): void {
    this.pump?.close(errorCode, '')
  }

  onHandshakeComplete(): void {
    this.ready = true
    for (const { resolve } of this.waiting) resolve()
    this.waiting.length = 0
  }

  onRequest(): void {}
  onRequestsAvailable(): void {}
  onGoaway(): void {}
  onKeyLog(): void {}

  errorOf({ kind, errorCode }: CloseInfo): Error {
    return new Error(`the connection ended: ${kind} ${errorCode}`)
  }

  onClosed(_pump: ConnectionPump, info: CloseInfo): void {
    this.closed = info
    for (const { reject } of this.waiting) reject(this.errorOf(info))
    for (const close of this.closers) close()
  }
}

class SwarmRequest implements MessageStream {
  private readonly pump: ConnectionPump
  private readonly id: number
  private readonly resolve: (answer: SwarmAnswer) => void
  private readonly reject: (error: Error) => void
  private status = 0
  private length = 0

  constructor(
    pump: ConnectionPump,
    id: number,
    resolve: (answer: SwarmAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.pump = pump
    this.id = id
    this.resolve = resolve
    this.reject = reject
  }

  onHeaders(fields: readonly Field[], ended: boolean): void {
    this.status = Number(fields.find(({ name }) => name === ':status')?.value)
    if (ended) this.onEnded()
  }

  onBodyReadable(): void {
    for (let bytes = this.pump.readBody(this.id); bytes !== undefined; ) {
      this.length += bytes.length
      bytes = this.pump.readBody(this.id)
    }
    this.pump.touch()
  }

  onEnded(): void {
    this.resolve({ status: this.status, length: this.length })
  }

  onAborted(errorCode: number): void {
    this.reject(new Error(`aborted with ${errorCode}`))
  }

  onSessionClosed(error: Error): void {
    this.reject(error)
  }

  onInformational(): void {}
  onTrailers(): void {}
  onWritable(): void {}
  onStopped(): void {}
  onClosed(): void {}
}

export class ClientSwarm {
  readonly host: EndpointHost
  private readonly port: number
  private readonly transport: Partial<TransportConfig>

  private constructor(host: EndpointHost, port: number, transport: Partial<TransportConfig>) {
    this.host = host
    this.port = port
    this.transport = transport
  }

  /** @param port of 127.0.0.1 */
  static async bind(port: number, transport: Partial<TransportConfig> = {}): Promise<ClientSwarm> {
    const host = await EndpointHost.bind({ address: '127.0.0.1', port: 0 }, nodeCrypto)
    return new ClientSwarm(host, port, transport)
  }

  /** Begins a connection; certificates are not checked. */
  connect(): SwarmClient {
    const client = new SwarmClient()
    this.host.connect(
      {
        alpn: ['h3'],
        serverName: 'localhost',
        verifyPeer: () => {},
        transport: this.transport,
      },
      { address: '127.0.0.1', port: this.port },
      (connection) => {
        client.pump = new ConnectionPump(connection, this.host, client, defaultH3Options)
        return client.pump
      },
    )
    return client
  }

  /** Opens so many connections, `atOnce` of them under way at any time. */
  async open(count: number, atOnce = 32): Promise<SwarmClient[]> {
    const clients: SwarmClient[] = []
    const lane = async (): Promise<void> => {
      while (clients.length < count) {
        const client = this.connect()
        clients.push(client)
        await client.opened()
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane))
    return clients
  }

  close(): Promise<void> {
    return this.host.close()
  }
}
