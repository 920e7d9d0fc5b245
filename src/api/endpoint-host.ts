import { IdMap } from '../bytes/index.ts'
import {
  type ClientConfig,
  type Connection,
  Endpoint,
  type EndpointOptions,
  type SocketAddress,
} from '../quic/index.ts'
import { bindPort, EndpointDriver, type UdpKind, type UdpPort } from '../reactor/index.ts'
import type { CryptoProvider } from '../tls13/index.ts'
import type { ConnectionPump, PumpHost } from './connection-pump.ts'
import { throwLater } from './errors.ts'
import { pooledRandomBytes } from './pooled-random.ts'

/** H3_INTERNAL_ERROR. */
const INTERNAL_ERROR = 0x102

export type EndpointLimits = Omit<EndpointOptions, 'env' | 'congestion' | 'discoverPathMtu'>

/** Who gathers what a turn brings and acts on it at once, before the turn's datagrams are sent. */
export interface TurnListener {
  turnBegins(): void
  turnEnds(): void
}

/** One UDP socket with its endpoint, and the pumps of its connections. */
export class EndpointHost implements PumpHost {
  readonly endpoint: Endpoint
  /** Called for a connection that we did not open. */
  accept: ((connection: Connection) => ConnectionPump) | undefined
  turns: TurnListener | undefined
  private readonly driver: EndpointDriver
  private readonly pumps = new IdMap<ConnectionPump>()
  private readonly touchedPumps: ConnectionPump[] = []
  private inTurn = false

  private constructor(port: UdpPort, crypto: CryptoProvider, limits: EndpointLimits) {
    this.endpoint = new Endpoint({
      env: { crypto, randomBytes: pooledRandomBytes },
      discoverPathMtu: port.refusesFragments,
      ...limits,
    })
    this.driver = new EndpointDriver(this.endpoint, port, (now) => this.turn(now))
  }

  /** Binds a socket; rejects with Node's error (`EADDRINUSE`, …) or as `bindPort` does. */
  static async bind(
    local: SocketAddress,
    crypto: CryptoProvider,
    limits: EndpointLimits = {},
    udp: UdpKind = 'auto',
  ): Promise<EndpointHost> {
    return new EndpointHost(await bindPort({ ...local, udp }), crypto, limits)
  }

  get address(): SocketAddress {
    return this.driver.address
  }

  now(): number {
    return this.driver.now()
  }

  /** Opens a connection; `pumpFor` makes its pump. */
  connect(
    config: ClientConfig,
    remote: SocketAddress,
    pumpFor: (connection: Connection) => ConnectionPump,
  ): ConnectionPump {
    const connection = this.endpoint.connect(config, remote, this.address, this.now())
    const pump = pumpFor(connection)
    this.pumps.set(connection.handle, pump)
    this.touch(pump)
    return pump
  }

  touch(pump: ConnectionPump): void {
    if (!pump.touched) {
      pump.touched = true
      this.touchedPumps.push(pump)
    }
    if (!this.inTurn) this.driver.wake()
  }

  /** Sends what is waiting and closes the socket. Connections that are left are gone without a word. */
  close(): Promise<void> {
    return this.driver.close()
  }

  ref(): void {
    this.driver.ref()
  }

  unref(): void {
    this.driver.unref()
  }

  private turn(now: number): void {
    this.inTurn = true
    this.turns?.turnBegins()
    try {
      const { endpoint } = this
      for (let c = endpoint.poll(); c !== undefined; c = endpoint.poll())
        this.run(this.pumpOf(c), now)
      this.runTouched(now)
      if (this.turns !== undefined) {
        this.endTurn(this.turns)
        this.runTouched(now)
      }
    } finally {
      this.inTurn = false
    }
  }

  private endTurn(turns: TurnListener): void {
    try {
      turns.turnEnds()
    } catch (error) {
      throwLater(error)
    }
  }

  private runTouched(now: number): void {
    const { touchedPumps } = this
    // A pump may be touched by the turn of another; the list grows while it is walked.
    for (let i = 0; i < touchedPumps.length; i++) {
      const pump = touchedPumps[i]!
      pump.touched = false
      this.run(pump, now)
    }
    touchedPumps.length = 0
  }

  private run(pump: ConnectionPump | undefined, now: number): void {
    if (pump === undefined || pump.closed) return
    try {
      pump.turn(now)
    } catch (error) {
      // A bug of ours ends this connection; the others go on.
      throwLater(error)
      if (!pump.connection.closed) pump.close(INTERNAL_ERROR, '')
    }
    if (pump.closed) this.pumps.delete(pump.connection.handle)
  }

  private pumpOf(connection: Connection): ConnectionPump | undefined {
    const known = this.pumps.get(connection.handle)
    if (known !== undefined || this.accept === undefined) return known
    const pump = this.accept(connection)
    this.pumps.set(connection.handle, pump)
    return pump
  }
}
