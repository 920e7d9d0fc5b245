/**
 * A client and a server of ours with nothing between them but two queues, in virtual time: for tests
 * that look at single datagrams. What is lost, kept or forged in between is the test's to say.
 */
import * as assert from 'uvu/assert'
import {
  type ClientConfig,
  type Connection,
  type ConnectionEvent,
  DatagramBatch,
  type DatagramMeta,
  Endpoint,
  type EndpointOptions,
  MAX_DATAGRAM_SIZE,
  type ServerConfig,
  type SocketAddress,
  type TransportConfig,
} from '../../../src/quic/index.ts'
import { Random } from '../../../src/sim/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { identityOf } from '../../tls13/support.ts'

export const CLIENT: SocketAddress = { address: '10.0.0.1', port: 40_000 }
export const SERVER: SocketAddress = { address: '10.0.1.1', port: 443 }

/** As a server sees a client's datagram, and the other way round. */
export const FROM_CLIENT: DatagramMeta = { remote: CLIENT, local: SERVER, ecn: 0 }
export const FROM_SERVER: DatagramMeta = { remote: SERVER, local: CLIENT, ecn: 0 }

/** Always the same certificate, by a key whose signatures are so too: a seed says all. */
export const identity = identityOf('ed25519')

/** Certificates have tests of their own: here every one is good. */
export const clientConfig: ClientConfig = {
  alpn: ['test'],
  serverName: 'localhost',
  verifyPeer: () => undefined,
}
export const serverConfig: ServerConfig = { alpn: ['test'], selectIdentity: () => identity }

export function createEndpoint(seed: number, options: Partial<EndpointOptions> = {}): Endpoint {
  const random = new Random(seed)
  return new Endpoint({
    env: { crypto: nodeCrypto, randomBytes: (length) => random.randomBytes(length) },
    ...options,
  })
}

/** Memory with something in it: what is sent must have been written. */
const dirtyBuffer = () => new Uint8Array(MAX_DATAGRAM_SIZE).fill(0xaa)

/** All that a machine has to send now, in memory of its own. Fails when it never ends. */
export function datagramsOf(endpoint: Endpoint, now: number): Uint8Array[] {
  const batch = new DatagramBatch(16, dirtyBuffer)
  const datagrams: Uint8Array[] = []
  for (let more = true, turns = 0; more; turns++) {
    assert.ok(turns < 10_000, 'transmit never ends')
    more = endpoint.transmit(now, batch)
    for (let i = 0; i < batch.count; i++) datagrams.push(batch.datagrams[i]!.slice())
    batch.clear()
  }
  return datagrams
}

export function totalLength(datagrams: readonly Uint8Array[]): number {
  return datagrams.reduce((sum, datagram) => sum + datagram.length, 0)
}

/** One end: its endpoint, and the connections and events that it has told of. */
export class Side {
  readonly endpoint: Endpoint
  readonly connections: Connection[] = []
  readonly events = new Map<Connection, ConnectionEvent[]>()
  /** Every datagram that it has sent. */
  readonly sent: Uint8Array[] = []

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  drain(): void {
    for (let next = this.endpoint.poll(); next !== undefined; next = this.endpoint.poll()) {
      if (!this.connections.includes(next)) this.connections.push(next)
      const events = this.events.get(next) ?? []
      this.events.set(next, events)
      for (let event = next.poll(); event !== undefined; event = next.poll()) events.push(event)
    }
  }

  /** The first one; of a server also before it has told of it. */
  get connection(): Connection {
    const first = this.connections[0] ?? [...this.endpoint['connections'].keys()][0]
    assert.ok(first !== undefined, 'there is no connection')
    return first
  }

  /** Of the first connection: the events of one type. */
  eventsOf<T extends ConnectionEvent['type']>(type: T): Extract<ConnectionEvent, { type: T }>[] {
    const [first] = this.connections
    const events = (first && this.events.get(first)) ?? []
    return events.filter(
      (event): event is Extract<ConnectionEvent, { type: T }> => event.type === type,
    )
  }

  /** Why its first connection ended. */
  get closeInfo() {
    return this.eventsOf('closed')[0]?.info
  }
}

export interface PairOptions {
  readonly seed?: number
  /** Of both sides. */
  readonly transport?: Partial<TransportConfig>
  readonly client?: Partial<ClientConfig>
  readonly server?: Partial<ServerConfig>
  readonly clientOptions?: Partial<EndpointOptions>
  readonly serverOptions?: Partial<EndpointOptions>
}

type Direction = 'toServer' | 'toClient'

export class Pair {
  now = 1000
  readonly client: Side
  readonly server: Side
  /** Says what arrives of a datagram: itself, something else, or nothing. */
  filter: (datagram: Uint8Array, direction: Direction) => Uint8Array | undefined = (same) => same

  constructor(options: PairOptions = {}) {
    const { seed = 1, transport } = options
    this.client = new Side(createEndpoint(2 * seed, options.clientOptions))
    this.server = new Side(createEndpoint(2 * seed + 1, options.serverOptions))
    this.server.endpoint.listen({
      ...serverConfig,
      ...(transport && { transport }),
      ...options.server,
    })
    this.connect({ ...(transport && { transport }), ...options.client })
  }

  /** A pair whose handshake is confirmed on both sides and whose queues are empty. */
  static connected(options: PairOptions = {}): Pair {
    const pair = new Pair(options)
    pair.settle()
    assert.is(pair.client.connection.handshakeConfirmed, true)
    assert.is(pair.server.connection.handshakeConfirmed, true)
    return pair
  }

  connect(config: Partial<ClientConfig> = {}): Connection {
    const connection = this.client.endpoint.connect(
      { ...clientConfig, ...config },
      SERVER,
      CLIENT,
      this.now,
    )
    this.client.connections.push(connection)
    return connection
  }

  /** What the client has to send now; it is not delivered. */
  flush(side: Side): Uint8Array[] {
    const datagrams = datagramsOf(side.endpoint, this.now)
    side.drain()
    side.sent.push(...datagrams.map((datagram) => datagram.slice()))
    return datagrams
  }

  deliver(datagrams: readonly Uint8Array[], direction: Direction): void {
    const [side, meta] =
      direction === 'toServer' ? [this.server, FROM_CLIENT] : [this.client, FROM_SERVER]
    for (const datagram of datagrams) {
      const arriving = this.filter(datagram, direction)
      if (arriving !== undefined) side.endpoint.receive(arriving.slice(), meta, this.now)
    }
    side.drain()
  }

  /** One flight of the client arrives, then one of the server; false when there was none. */
  exchange(): boolean {
    const toServer = this.flush(this.client)
    this.deliver(toServer, 'toServer')
    const toClient = this.flush(this.server)
    this.deliver(toClient, 'toClient')
    return toServer.length + toClient.length > 0
  }

  /** Exchanges flights until both sides have nothing to say at this time. */
  settle(): void {
    for (let turns = 0; this.exchange(); turns++) assert.ok(turns < 1000, 'the exchange never ends')
  }

  get nextTimeout(): number | undefined {
    const client = this.client.endpoint.nextTimeout()
    const server = this.server.endpoint.nextTimeout()
    if (client === undefined || server === undefined) return client ?? server
    return Math.min(client, server)
  }

  /**
   * Lets time go by until `end`, from deadline to deadline. Fails when deadlines do not move on: a
   * timer that has passed and is not served would keep a real machine busy for ever.
   */
  runUntil(end: number, done: () => boolean = () => false): void {
    this.settle()
    for (let steps = 0, still = 0; !done(); steps++) {
      assert.ok(steps < 100_000, 'too many steps')
      const at = this.nextTimeout
      if (at === undefined || at > end) break
      still = at > this.now ? 0 : still + 1
      assert.ok(still < 20, `the timer spins at ${this.now}`)
      this.now = Math.max(this.now, at)
      this.client.endpoint.onTimeout(this.now)
      this.server.endpoint.onTimeout(this.now)
      this.settle()
    }
    if (!done()) this.now = Math.max(this.now, end)
  }

  run(milliseconds: number, done?: () => boolean): void {
    this.runUntil(this.now + milliseconds, done)
  }
}
