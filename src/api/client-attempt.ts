import type { H3Options } from '../h3/index.ts'
import type { Field } from '../qpack/index.ts'
import type { ClientConfig, CloseInfo, SocketAddress } from '../quic/index.ts'
import type { UdpKind } from '../reactor/index.ts'
import type { CryptoProvider } from '../tls13/index.ts'
import { ConnectionPump, type PumpOwner } from './connection-pump.ts'
import type { Attempt } from './dial.ts'
import { EndpointHost } from './endpoint-host.ts'
import { connectionError } from './errors.ts'

export interface ClientAttemptListener {
  attemptSucceeded(attempt: ClientAttempt): void
  attemptFailed(attempt: ClientAttempt, error: Error): void
  onKeyLog(line: string): void
}

/** A connection to one address until its handshake is complete; then the session takes it over. */
export class ClientAttempt implements Attempt, PumpOwner {
  readonly host: EndpointHost
  readonly pump: ConnectionPump
  private readonly listener: ClientAttemptListener
  private readonly handshakeTimeout: number | undefined

  private constructor(
    host: EndpointHost,
    remote: SocketAddress,
    config: ClientConfig,
    h3: H3Options,
    listener: ClientAttemptListener,
  ) {
    this.host = host
    this.listener = listener
    this.handshakeTimeout = config.transport?.handshakeTimeout
    this.pump = host.connect(
      config,
      remote,
      (connection) => new ConnectionPump(connection, host, this, h3),
    )
  }

  static async start(
    remote: SocketAddress,
    config: ClientConfig,
    crypto: CryptoProvider,
    udp: UdpKind,
    h3: H3Options,
    listener: ClientAttemptListener,
  ): Promise<ClientAttempt> {
    const any = remote.address.includes(':') ? '::' : '0.0.0.0'
    const host = await EndpointHost.bind({ address: any, port: 0 }, crypto, {}, udp)
    try {
      return new ClientAttempt(host, remote, config, h3, listener)
    } catch (error) {
      await host.close()
      throw error
    }
  }

  abandon(): void {
    this.pump.close(0x100, '')
    void this.host.close()
  }

  onHandshakeComplete(): void {
    this.listener.attemptSucceeded(this)
  }

  errorOf(info: CloseInfo): Error {
    return connectionError(info, this.handshakeTimeout)
  }

  onClosed(_pump: ConnectionPump, info: CloseInfo): void {
    void this.host.close()
    this.listener.attemptFailed(this, connectionError(info, this.handshakeTimeout))
  }

  onKeyLog(line: string): void {
    this.listener.onKeyLog(line)
  }

  onRequest(_pump: ConnectionPump, _id: number, _fields: readonly Field[]): void {}

  onRequestsAvailable(): void {}

  onGoaway(): void {}
}
