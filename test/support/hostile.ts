/**
 * A peer that speaks QUIC properly over a real socket and leaves what is on its streams to the test:
 * bytes are written by hand, and nothing is read unless the test reads.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ClientConfig,
  type CloseInfo,
  type Connection,
  type ConnectionEvent,
  Endpoint,
  type ServerConfig,
} from '../../src/quic/index.ts'
import { DgramPort, EndpointDriver } from '../../src/reactor/index.ts'
import { type Identity, nodeCrypto } from '../../src/tls13/index.ts'

const LOOPBACK = '127.0.0.1'

/** Waits for what the other side has to do; the time is generous, the machine may be slow. */
export async function until(condition: () => boolean, what: string, ms = 60_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`no ${what} within ${ms} ms`)
    await sleep(5)
  }
}

/** One connection in the hands of the test. */
export class HostileConnection {
  readonly connection: Connection
  readonly events: ConnectionEvent[] = []
  closeInfo: CloseInfo | undefined = undefined
  /** Lets out what was asked of `connection` itself. */
  readonly wake: () => void

  constructor(connection: Connection, wake: () => void) {
    this.connection = connection
    this.wake = wake
  }

  drain(): void {
    const { connection } = this
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) {
      this.events.push(event)
      if (event.type === 'closed') this.closeInfo = event.info
    }
  }

  has(type: ConnectionEvent['type'], id?: number): boolean {
    return this.events.some(
      (e) => e.type === type && (id === undefined || ('id' in e && e.id === id)),
    )
  }

  /** Opens a stream, waiting for credit if it has to. */
  async open(kind: 'bidi' | 'uni' = 'bidi'): Promise<number> {
    let id = this.connection.openStream(kind)
    await until(() => {
      id ??= this.connection.openStream(kind)
      return id !== undefined || this.closeInfo !== undefined
    }, `${kind} stream`)
    if (id === undefined) throw new Error(`closed: ${JSON.stringify(this.closeInfo)}`)
    return id
  }

  write(id: number, bytes: Uint8Array, fin = false): void {
    this.connection.write(id, bytes, fin)
    this.wake()
  }

  reset(id: number, errorCode: number): void {
    this.connection.reset(id, errorCode)
    this.wake()
  }

  stopSending(id: number, errorCode: number): void {
    this.connection.stopSending(id, errorCode)
    this.wake()
  }

  /** All that can be read now. */
  read(id: number): Uint8Array {
    const parts: Uint8Array[] = []
    for (let part = this.connection.read(id); part !== undefined; part = this.connection.read(id))
      parts.push(part)
    this.wake()
    return Buffer.concat(parts)
  }

  /** Reads a stream to its end. */
  async readToEnd(id: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    await until(() => {
      parts.push(this.read(id))
      return (
        this.closeInfo !== undefined ||
        this.connection.readFinished(id) ||
        this.has('streamReset', id)
      )
    }, `end of stream ${id}`)
    return Buffer.concat(parts)
  }

  close(errorCode = 0x100): void {
    this.connection.close(errorCode, '')
    this.wake()
  }

  async closed(): Promise<CloseInfo> {
    await until(() => this.closeInfo !== undefined, 'end of the connection')
    return this.closeInfo!
  }
}

/** A socket with an endpoint whose connections are all hostile; client, server or both. */
export class HostileEndpoint {
  readonly endpoint: Endpoint
  readonly accepted: HostileConnection[] = []
  private readonly driver: EndpointDriver
  private readonly connections = new Map<Connection, HostileConnection>()
  /** Called after each turn's events. */
  onTurn: (() => void) | undefined = undefined

  private constructor(port: DgramPort) {
    this.endpoint = new Endpoint({ env: { crypto: nodeCrypto, randomBytes } })
    this.driver = new EndpointDriver(this.endpoint, port, () => this.turn())
  }

  static async bind(): Promise<HostileEndpoint> {
    return new HostileEndpoint(await DgramPort.bind({ address: LOOPBACK }))
  }

  get port(): number {
    return this.driver.address.port
  }

  /** Opens a connection and waits for its handshake, whatever the certificate. */
  async connect(port: number, config: Partial<ClientConfig> = {}): Promise<HostileConnection> {
    const hostile = this.begin(port, config)
    await until(
      () => hostile.has('handshakeComplete') || hostile.closeInfo !== undefined,
      'handshake',
    )
    return hostile
  }

  /** Opens a connection without waiting. */
  begin(port: number, config: Partial<ClientConfig> = {}): HostileConnection {
    const connection = this.endpoint.connect(
      { alpn: ['h3'], serverName: LOOPBACK, verifyPeer: () => {}, ...config },
      { address: LOOPBACK, port },
      this.driver.address,
      this.driver.now(),
    )
    this.driver.wake()
    return this.add(connection)
  }

  listen(identity: Identity, config: Partial<ServerConfig> = {}): void {
    this.endpoint.listen({ alpn: ['h3'], selectIdentity: () => identity, ...config })
  }

  wake(): void {
    this.driver.wake()
  }

  close(): Promise<void> {
    return this.driver.close()
  }

  private add(connection: Connection): HostileConnection {
    const hostile = new HostileConnection(connection, () => this.driver.wake())
    this.connections.set(connection, hostile)
    return hostile
  }

  private turn(): void {
    for (let c = this.endpoint.poll(); c !== undefined; c = this.endpoint.poll()) {
      let hostile = this.connections.get(c)
      if (hostile === undefined) {
        hostile = this.add(c)
        this.accepted.push(hostile)
      }
      hostile.drain()
    }
    this.onTurn?.()
  }
}
