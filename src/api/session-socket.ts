import { EventEmitter } from 'node:events'
import type { SocketAddress } from '../quic/index.ts'

/** What a socket-like object says about the connection that it stands for. */
export interface ConnectionFacts {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  readonly serverName: string | undefined
  readonly authorized: boolean
  readonly authorizationError: Error | undefined
  readonly peerCertificate: Uint8Array | undefined
  destroy(error?: Error): void
}

/**
 * What programs written for node:http look up in `req.socket`: addresses and TLS facts. There is no
 * byte stream behind it: one connection carries many requests.
 */
export class SessionSocket extends EventEmitter {
  readonly encrypted = true
  readonly alpnProtocol = 'h3'
  readable = true
  writable = true
  destroyed = false
  private readonly facts: ConnectionFacts

  constructor(facts: ConnectionFacts, destroyed = false) {
    super()
    this.setMaxListeners(0)
    this.facts = facts
    if (destroyed) this.end()
  }

  get remoteAddress(): string {
    return this.facts.remote.address
  }

  get remotePort(): number {
    return this.facts.remote.port
  }

  get remoteFamily(): 'IPv4' | 'IPv6' {
    return familyOf(this.facts.remote)
  }

  get localAddress(): string {
    return this.facts.local.address
  }

  get localPort(): number {
    return this.facts.local.port
  }

  get localFamily(): 'IPv4' | 'IPv6' {
    return familyOf(this.facts.local)
  }

  /** The name that the client asked for in the handshake; false when it sent none, as in node:tls. */
  get servername(): string | false {
    return this.facts.serverName ?? false
  }

  /** Whether the peer showed a certificate that was verified. */
  get authorized(): boolean {
    return this.facts.authorized
  }

  get authorizationError(): Error | undefined {
    return this.facts.authorizationError
  }

  address(): { address: string; port: number; family: 'IPv4' | 'IPv6' } {
    return { ...this.facts.local, family: this.localFamily }
  }

  /** The peer's certificate in DER as `raw`; an empty object when it showed none. */
  getPeerCertificate(): { raw?: Buffer } {
    const der = this.facts.peerCertificate
    return der === undefined ? {} : { raw: Buffer.from(der) }
  }

  /** Ends the whole connection, with all its requests. */
  destroy(error?: Error): this {
    this.facts.destroy(error)
    return this
  }

  /** @internal */
  end(): void {
    this.readable = false
    this.writable = false
    this.destroyed = true
    this.emit('close')
  }
}

function familyOf(address: SocketAddress): 'IPv4' | 'IPv6' {
  return address.address.includes(':') ? 'IPv6' : 'IPv4'
}
