/**
 * A client and a server of ours on a simulated link, with an application on each that sends and
 * checks a pattern: for the tests of the whole transport in virtual time.
 */
import {
  type ClientConfig,
  type CloseInfo,
  type Connection,
  Endpoint,
  type EndpointOptions,
  type ServerConfig,
  type SocketAddress,
  type TransportConfig,
} from '../../src/quic/index.ts'
import { type LinkOptions, type Node, Simulator } from '../../src/sim/index.ts'
import {
  createServerVerifier,
  nodeCrypto,
  type PeerVerifier,
  TrustStore,
} from '../../src/tls13/index.ts'
import { identityOf } from '../tls13/support.ts'

export const CLIENT_ADDRESS: SocketAddress = { address: '10.0.0.1', port: 40_000 }
export const SERVER_ADDRESS: SocketAddress = { address: '10.0.1.1', port: 443 }

const SERVER_NAME = 'localhost'
/** Always the same certificate, by a key whose signatures are so too: a seed says all. */
const identity = identityOf('ed25519')
const verifyPeer: PeerVerifier = createServerVerifier({
  crypto: nodeCrypto,
  trust: TrustStore.fromPem(identity.chain),
  serverName: SERVER_NAME,
  unixTime: () => Date.UTC(2030, 0, 1),
})

/** The byte at each place of what a role sends; both differ, and no piece repeats soon. */
function patternAt(role: 'client' | 'server', stream: number, offset: number): number {
  return (
    (Math.imul(offset ^ (stream << 20), 0x9e3779b1) >>> 24) ^
    (offset & 0xff) ^
    (role === 'client' ? 0 : 0x5a)
  )
}

export function pattern(
  role: 'client' | 'server',
  stream: number,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = patternAt(role, stream, offset + i)
  return bytes
}

const CHUNK = 16 * 1024

class StreamWork {
  sent = 0
  received = 0
  finished = false
}

/** One side's use of one connection: on each stream it sends `total` bytes and checks as many. */
export class Peer {
  readonly connection: Connection
  complete = false
  confirmed = false
  closed: CloseInfo | undefined = undefined
  /** What was wrong with what was received; empty when nothing was. */
  readonly faults: string[] = []
  readonly streams = new Map<number, StreamWork>()
  private readonly total: number
  private readonly streamCount: number

  constructor(connection: Connection, total: number, streamCount: number) {
    this.connection = connection
    this.total = total
    this.streamCount = streamCount
  }

  /** Whether every stream brought everything. */
  get received(): boolean {
    if (this.streams.size < this.streamCount) return false
    for (const { finished } of this.streams.values()) if (!finished) return false
    return this.complete
  }

  drain(): void {
    const { connection } = this
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) {
      switch (event.type) {
        case 'handshakeComplete':
          this.complete = true
          if (connection.role === 'client') this.open()
          break
        case 'handshakeConfirmed':
          this.confirmed = true
          break
        case 'streamsAvailable':
          this.open()
          break
        case 'streamOpened':
          this.streams.set(event.id, new StreamWork())
          this.send(event.id)
          break
        case 'streamReadable':
          this.read(event.id)
          break
        case 'streamWritable':
          this.send(event.id)
          break
        case 'streamReset':
        case 'streamStopped':
          this.faults.push(`${event.type} on ${event.id}`)
          break
        case 'closed':
          this.closed = event.info
          break
        default:
      }
    }
  }

  private open(): void {
    while (this.streams.size < this.streamCount) {
      const id = this.connection.openStream('bidi')
      if (id === undefined) return
      this.streams.set(id, new StreamWork())
      this.send(id)
    }
  }

  private send(id: number): void {
    const work = this.streams.get(id)
    if (work === undefined) return
    const { role } = this.connection
    for (let more = true; more && work.sent < this.total; ) {
      const length = Math.min(CHUNK, this.total - work.sent)
      const bytes = pattern(role, id, work.sent, length)
      work.sent += length
      more = this.connection.write(id, bytes, work.sent === this.total)
    }
  }

  private read(id: number): void {
    const work = this.streams.get(id)
    if (work === undefined) return
    const other = this.connection.role === 'client' ? 'server' : 'client'
    for (let bytes = this.connection.read(id); bytes; bytes = this.connection.read(id)) {
      for (const byte of bytes) {
        if (byte !== patternAt(other, id, work.received++)) {
          this.faults.push(`stream ${id} differs at ${work.received - 1}`)
          return
        }
      }
    }
    if (!this.connection.readFinished(id)) return
    work.finished = true
    if (work.received !== this.total) this.faults.push(`stream ${id} ends at ${work.received}`)
  }
}

export interface WorldOptions {
  readonly seed: number
  /** Client to server, and back. */
  readonly link: LinkOptions | { ab: LinkOptions; ba: LinkOptions }
  /** Bytes each way on each stream; default 1 MB. */
  readonly total?: number
  /** Streams of each connection; default 1. */
  readonly streams?: number
  /** Connections that the client opens at once; default 1. */
  readonly connections?: number
  readonly trace?: boolean
  readonly transport?: Partial<TransportConfig>
  readonly client?: Partial<ClientConfig>
  readonly server?: Partial<ServerConfig>
  readonly clientEndpoint?: Partial<EndpointOptions>
  readonly serverEndpoint?: Partial<EndpointOptions>
}

export class World {
  readonly simulator: Simulator
  readonly clientEndpoint: Endpoint
  readonly serverEndpoint: Endpoint
  readonly clientNode: Node
  readonly serverNode: Node
  readonly clients: Peer[] = []
  readonly servers: Peer[] = []
  private readonly peers = new Map<Connection, Peer>()
  private readonly total: number
  private readonly streams: number

  constructor(options: WorldOptions) {
    const { seed, link, transport = {}, trace = false } = options
    this.total = options.total ?? 1024 * 1024
    this.streams = options.streams ?? 1
    this.simulator = new Simulator({ seed, trace, startTime: 1000 })
    this.clientEndpoint = this.createEndpoint(options.clientEndpoint)
    this.serverEndpoint = this.createEndpoint(options.serverEndpoint)
    const alpn = ['test']
    this.serverEndpoint.listen({
      alpn,
      selectIdentity: () => identity,
      transport,
      ...options.server,
    })
    this.clientNode = this.simulator.addNode(this.clientEndpoint, CLIENT_ADDRESS, () =>
      this.drain(this.clientEndpoint, this.clients),
    )
    this.serverNode = this.simulator.addNode(this.serverEndpoint, SERVER_ADDRESS, () =>
      this.drain(this.serverEndpoint, this.servers),
    )
    this.simulator.link(this.clientNode, this.serverNode, link)
    const clientConfig: ClientConfig = {
      alpn,
      serverName: SERVER_NAME,
      verifyPeer,
      transport,
      ...options.client,
    }
    for (let i = 0; i < (options.connections ?? 1); i++) {
      const connection = this.clientEndpoint.connect(
        clientConfig,
        SERVER_ADDRESS,
        CLIENT_ADDRESS,
        this.simulator.now,
      )
      this.peerOf(connection, this.clients)
    }
  }

  /** The first connection's ends. */
  get client(): Peer {
    return this.clients[0]!
  }

  get server(): Peer {
    return this.servers[0]!
  }

  /** Runs until both sides of every connection have everything, or any is closed. */
  runToEnd(maxTime: number): void {
    const done = () =>
      (this.clients.every(({ received }) => received) &&
        this.servers.length >= this.clients.length &&
        this.servers.every(({ received }) => received)) ||
      this.failure !== undefined
    this.simulator.run({ until: done, maxTime })
  }

  /** The first thing that went wrong anywhere. */
  get failure(): string | undefined {
    for (const peer of this.peers.values()) {
      const { role } = peer.connection
      if (peer.closed !== undefined) {
        const { kind, errorCode, reason, cause } = peer.closed
        return `${role} closed: ${kind} ${errorCode} ${reason} ${cause?.stack ?? ''}`
      }
      if (peer.faults.length > 0) return `${role}: ${peer.faults.join(', ')}`
    }
    return undefined
  }

  private createEndpoint(options: Partial<EndpointOptions> = {}): Endpoint {
    const random = this.simulator.random.fork()
    return new Endpoint({
      env: { crypto: nodeCrypto, randomBytes: (length) => random.randomBytes(length) },
      ...options,
    })
  }

  private drain(endpoint: Endpoint, list: Peer[]): void {
    for (let next = endpoint.poll(); next !== undefined; next = endpoint.poll())
      this.peerOf(next, list).drain()
  }

  private peerOf(connection: Connection, list: Peer[]): Peer {
    let peer = this.peers.get(connection)
    if (peer === undefined) {
      peer = new Peer(connection, this.total, this.streams)
      this.peers.set(connection, peer)
      list.push(peer)
    }
    return peer
  }
}
