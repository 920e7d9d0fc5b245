import type { ClientConfig, Env, ServerConfig } from '../config.ts'
import type { CongestionControllerFactory } from '../congestion/controller.ts'
import { NewReno } from '../congestion/new-reno.ts'
import type { Connection } from '../connection/connection.ts'
import {
  type ConnectionContext,
  checkServerConfig,
  createClientConnection,
  createServerConnection,
  type ServerSettings,
} from '../connection/create-connection.ts'
import type { ConnectionOwner } from '../connection/owner.ts'
import { CONNECTION_ID_LENGTH, idKey } from '../connection-id.ts'
import type { DatagramBatch, DatagramMachine, DatagramMeta, SocketAddress } from '../datagram.ts'
import { MAX_CONNECTIONS } from '../limits.ts'
import { SourcePorts } from '../source-ports.ts'
import {
  isLongHeader,
  PacketHeader,
  PacketType,
  parsePacketHeader,
  STATELESS_RESET_TOKEN_LENGTH,
} from '../wire/index.ts'
import { Admission, type AdmissionOptions } from './admission.ts'
import { ConnectionRoutes } from './connection-routes.ts'
import type { WaitingClient } from './handshake-queue.ts'
import { CLOSING } from './initial-refusal.ts'
import { ResetTokens } from './reset-tokens.ts'
import { Router } from './router.ts'
import { Scheduler } from './scheduler.ts'
import { StatelessPackets } from './stateless-packets.ts'

/** RFC 9000 §14.1: smaller datagrams begin nothing. */
const MIN_INITIAL_DATAGRAM = 1200

/** RFC 9000 §7.2. */
const MIN_ORIGINAL_DESTINATION = 8

export interface EndpointOptions extends AdmissionOptions {
  /** By default NewReno. */
  readonly congestion?: CongestionControllerFactory
  /** Connections at once; further clients are not answered. */
  readonly maxConnections?: number
  /**
   * Whether connections find out how large the datagrams may be that their path carries, from
   * `maxDatagramSize` of their configuration up to 9,000 bytes (RFC 8899). Only for a port that forbids
   * fragmentation, or else every size arrives. Default false.
   */
  readonly discoverPathMtu?: boolean
}

/** Counters since the beginning. */
export interface EndpointStats {
  accepted: number
  /** Datagrams that belonged to nothing. */
  dropped: number
  /** Initials not answered because of a limit. */
  refused: number
  retriesSent: number
  /** Initials with a Retry token that was expired, forged or for another address. */
  tokensRefused: number
  /** Handshakes that had to wait for others to be begun. */
  handshakesDeferred: number
}

/**
 * Many connections on one UDP port, of both roles; sans-IO. A driver (the reactor or the simulator)
 * feeds it and sends what it says; the application drains `poll()`.
 */
export class Endpoint implements DatagramMachine, ConnectionOwner {
  readonly stats: EndpointStats = {
    accepted: 0,
    dropped: 0,
    refused: 0,
    retriesSent: 0,
    tokensRefused: 0,
    handshakesDeferred: 0,
  }
  private readonly env: Env
  private readonly congestion: CongestionControllerFactory
  private readonly maxConnections: number
  private readonly discoversPathMtu: boolean
  private readonly router = new Router()
  private readonly scheduler = new Scheduler((connection) => this.onGone(connection))
  private readonly stateless: StatelessPackets
  private readonly sourcePorts = new SourcePorts()
  private readonly admission: Admission
  /** With the key of the id that the client sent its first Initial to; undefined of our own connections. */
  private readonly connections = new Map<Connection, string | undefined>()
  /** Servers' connections before confirmation. */
  private readonly pendingHandshakes = new Set<Connection>()
  private readonly resetTokens: ResetTokens
  private readonly header = new PacketHeader()
  private nextHandle = 0
  private server: ServerSettings | undefined = undefined
  /** Whether it was a server and takes no more clients: they are told so. */
  private isClosing = false

  constructor(options: EndpointOptions) {
    this.env = options.env
    this.congestion = options.congestion ?? ((maxDatagramSize) => new NewReno(maxDatagramSize))
    this.maxConnections = options.maxConnections ?? MAX_CONNECTIONS
    this.discoversPathMtu = options.discoverPathMtu ?? false
    this.stateless = new StatelessPackets(options.env)
    this.admission = new Admission(options, this.stateless, this.stats, (client, now) =>
      this.accept(client, now),
    )
    this.resetTokens = new ResetTokens(options.env)
  }

  get connectionCount(): number {
    return this.connections.size
  }

  /**
   * Accepts clients under this configuration; undefined: accepts no more, new ones are refused. Throws
   * TypeError when it can't be used.
   */
  listen(config: ServerConfig | undefined): void {
    const server = config === undefined ? undefined : checkServerConfig(this.env, config)
    if (server === undefined) this.admission.queue.clear()
    this.isClosing = server === undefined && (this.isClosing || this.server !== undefined)
    this.server = server
  }

  /**
   * Begins a connection to a server.
   * @param local the address of the port that the driver sends from
   * @throws TypeError when the configuration can't be used
   */
  connect(
    config: ClientConfig,
    remote: SocketAddress,
    local: SocketAddress,
    now: number,
  ): Connection {
    const connection = this.create(
      (context) => createClientConnection(context, config, remote, local, now),
      undefined,
    )
    this.scheduler.onWork(connection)
    return connection
  }

  /** The next connection that has events to drain; undefined when none has. */
  poll(): Connection | undefined {
    return this.scheduler.nextWithEvents()
  }

  receive(datagram: Uint8Array, meta: DatagramMeta, now: number): void {
    if (datagram.length === 0) return this.drop()
    const known = this.flowOf(datagram)
    if (known !== undefined) return known.receive(datagram, meta, now)
    if (isLongHeader(datagram[0]!)) this.receiveUnknownLong(datagram, meta, now)
    else this.receiveUnknownShort(datagram, meta, now)
  }

  flowOf(datagram: Uint8Array): Connection | undefined {
    if (datagram.length === 0) return undefined
    return isLongHeader(datagram[0]!)
      ? this.routeLong(datagram)
      : this.router.lookUp(datagram, 1, Math.min(CONNECTION_ID_LENGTH, datagram.length - 1))
  }

  private routeLong(datagram: Uint8Array): Connection | undefined {
    const length = datagram[5]
    if (length === undefined || 6 + length > datagram.length) return undefined
    return this.router.lookUp(datagram, 6, length)
  }

  private drop(): void {
    this.stats.dropped++
  }

  /** A first Initial, a version that we don't speak, or nothing that we can use (RFC 9000 §5.2.2). */
  private receiveUnknownLong(datagram: Uint8Array, meta: DatagramMeta, now: number): void {
    const { header } = this
    if (this.server === undefined && !this.isClosing) return this.drop()
    if (datagram.length < MIN_INITIAL_DATAGRAM) return this.drop()
    if (!this.sourcePorts.admits(meta.remote.port, now)) return this.drop()
    if (!parsePacketHeader(datagram, 0, CONNECTION_ID_LENGTH, header)) return this.drop()
    if (header.type === PacketType.unknown) {
      return this.stateless.negotiateVersion(header, meta.remote, meta.local, now)
    }
    if (
      header.type !== PacketType.initial ||
      header.destinationConnectionId.length < MIN_ORIGINAL_DESTINATION
    ) {
      return this.drop()
    }
    if (this.isClosing) {
      this.drop()
      return this.stateless.refuse(datagram, header, CLOSING, meta.remote, meta.local, now)
    }
    const { admission, connections, pendingHandshakes } = this
    if (connections.size + admission.queue.length >= this.maxConnections) {
      this.stats.refused++
      return
    }
    admission.receive(header, datagram, meta, pendingHandshakes.size, now)
  }

  /** Begins a client's handshake. */
  private accept(client: WaitingClient, now: number): void {
    const { server } = this
    if (server === undefined) return
    const { datagrams, metas } = client
    const { remote, local } = metas[0]!
    const destination = idKey(client.destination)
    const connection = this.create(
      (context) => createServerConnection(context, server, remote, local, client, now),
      destination,
    )
    this.router.add(destination, connection)
    this.pendingHandshakes.add(connection)
    for (const [i, datagram] of datagrams.entries()) connection.receive(datagram, metas[i]!, now)
    // Whoever can't make an authentic Initial leaves no state behind.
    if (connection.hasHeardPeer) this.stats.accepted++
    else this.abandon(connection)
  }

  private abandon(connection: Connection): void {
    connection.abandon()
    this.onGone(connection)
  }

  /** Not ours any more, or a peer's stateless reset (RFC 9000 §10.3). */
  private receiveUnknownShort(datagram: Uint8Array, meta: DatagramMeta, now: number): void {
    this.drop()
    if (datagram.length < CONNECTION_ID_LENGTH + 1) return
    if (datagram.length > STATELESS_RESET_TOKEN_LENGTH && this.resetTokens.size > 0) {
      const tail = datagram.subarray(datagram.length - STATELESS_RESET_TOKEN_LENGTH)
      const connection = this.resetTokens.lookUp(tail)
      if (connection !== undefined) return connection.receive(datagram, meta, now)
    }
    if (this.server === undefined || !this.sourcePorts.admits(meta.remote.port, now)) return
    const id = datagram.subarray(1, 1 + CONNECTION_ID_LENGTH)
    this.stateless.reset(this.resetTokens.of(id), datagram.length, meta.remote, meta.local, now)
  }

  onTimeout(now: number): void {
    this.scheduler.onTimeout(now)
    this.admission.queue.onTimeout(now)
  }

  nextTimeout(): number | undefined {
    const ofConnections = this.scheduler.nextTimeout()
    const ofHandshakes = this.admission.queue.nextTimeout()
    if (ofConnections === undefined || ofHandshakes === undefined) {
      return ofConnections ?? ofHandshakes
    }
    return Math.min(ofConnections, ofHandshakes)
  }

  transmit(now: number, out: DatagramBatch): boolean {
    if (!this.stateless.isEmpty && this.stateless.transmit(out)) return true
    return this.scheduler.transmit(now, out)
  }

  // What connections tell.

  onWork(connection: Connection): void {
    this.scheduler.onWork(connection)
  }

  onEvents(connection: Connection): void {
    this.scheduler.onEvents(connection)
  }

  onHandshakeConfirmed(connection: Connection): void {
    this.pendingHandshakes.delete(connection)
  }

  private onGone(connection: Connection): void {
    // Until now: a first Initial that comes twice, and late, must not begin a second connection.
    const destination = this.connections.get(connection)
    if (destination !== undefined) this.router.remove(destination)
    this.connections.delete(connection)
    this.pendingHandshakes.delete(connection)
  }

  /** Makes a connection whose ids are routed to it. */
  private create(
    make: (context: ConnectionContext) => Connection,
    initialDestination: string | undefined,
  ): Connection {
    const { env, congestion, discoversPathMtu, sourcePorts } = this
    const registry = new ConnectionRoutes(this.router, this.resetTokens, env.randomBytes)
    const handle = this.nextHandle++
    const connection = make({
      handle,
      env,
      owner: this,
      registry,
      congestion,
      sourcePorts,
      discoversPathMtu,
    })
    registry.lead(connection)
    this.connections.set(connection, initialDestination)
    return connection
  }
}
