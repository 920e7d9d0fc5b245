import type { ClientConfig } from '../quic/index.ts'
import {
  type CryptoProvider,
  createServerVerifier,
  type Identity,
  type PeerVerifier,
} from '../tls13/index.ts'
import { argumentError } from './errors.ts'
import { cryptoOf } from './option-checks.ts'
import { identityOf } from './tls-identity.ts'
import { type Pem, trustStore } from './trust.ts'

export interface ClientTlsOptions {
  /** The authorities to trust, instead of those that Node trusts. */
  readonly ca?: Pem
  /**
   * False: a certificate that can't be verified is accepted, and `authorizationError` says why it
   * should not have been. For tests only. Default true.
   */
  readonly rejectUnauthorized?: boolean
  /** The name to ask for and to verify. Default: the host of the URL. */
  readonly servername?: string
  /** A certificate of our own, for servers that ask for one. */
  readonly key?: string | Uint8Array
  readonly cert?: Pem
  /** Who does the cryptography. Default: node:crypto; the other one is `nobleCrypto` of `tsquic/noble`. */
  readonly crypto?: CryptoProvider
}

/** A client's side of TLS for one session. */
export class ClientTls {
  readonly crypto: CryptoProvider
  readonly serverName: string
  /** Why the server's certificate is not to be trusted, if it was accepted all the same. */
  authorizationError: Error | undefined
  private readonly verifier: PeerVerifier
  private readonly rejects: boolean
  private readonly identity: Identity | undefined

  constructor(hostname: string, options: ClientTlsOptions) {
    this.crypto = cryptoOf(options.crypto)
    this.serverName = options.servername ?? bareHost(hostname)
    this.rejects = options.rejectUnauthorized !== false
    this.verifier = createServerVerifier({
      crypto: this.crypto,
      trust: trustStore(options.ca),
      serverName: this.serverName,
      unixTime: Date.now,
    })
    const { key, cert } = options
    if ((key === undefined) !== (cert === undefined)) {
      throw argumentError('ERR_INVALID_ARG_VALUE', 'A certificate needs both `key` and `cert`')
    }
    if (key !== undefined && cert !== undefined) {
      this.identity = identityOf(this.crypto, { key, cert })
    }
  }

  get config(): Omit<ClientConfig, 'alpn'> {
    const config = { serverName: this.serverName, verifyPeer: this.verify }
    return this.identity === undefined ? config : { ...config, identity: this.identity }
  }

  private readonly verify: PeerVerifier = (chain) => {
    try {
      this.verifier(chain)
    } catch (error) {
      if (this.rejects) throw error
      this.authorizationError = error as Error
    }
  }
}

function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
