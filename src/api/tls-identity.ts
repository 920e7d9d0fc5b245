import { type CryptoProvider, type Identity, loadIdentity } from '../tls13/index.ts'
import { argumentError } from './errors.ts'
import { type Pem, pemList } from './trust.ts'

/** A certificate and its key. */
export interface SecureContextOptions {
  /** PEM (PKCS#8, SEC 1 or PKCS#1) or PKCS#8 in DER. */
  readonly key: string | Uint8Array
  /** PEM, the server's own certificate first and then those between it and the root; or one in DER. */
  readonly cert: Pem
}

/** In the manner of node:tls, but `callback` must be called before the function returns. */
export type SniCallback = (
  serverName: string,
  callback: (error: Error | null, context?: SecureContextOptions) => void,
) => void

/** Throws a TypeError with a code when the key does not load, or belongs to another certificate. */
export function identityOf(crypto: CryptoProvider, { key, cert }: SecureContextOptions): Identity {
  const certificates = pemList(cert)
  if (certificates.length === 1) return loadIdentity(crypto, { cert: certificates[0]!, key })
  const decoder = new TextDecoder('latin1')
  const bundle = certificates.map((c) => (typeof c === 'string' ? c : decoder.decode(c))).join('\n')
  return loadIdentity(crypto, { cert: bundle, key })
}

/** A server's certificates by the name that a client asks for. */
export class IdentityStore {
  private fallback: Identity | undefined
  private readonly byName = new Map<string, Identity>()
  private readonly crypto: CryptoProvider
  private readonly sniCallback: SniCallback | undefined
  /** Contexts come from user code again and again: each is loaded once. */
  private readonly loaded = new WeakMap<SecureContextOptions, Identity>()

  constructor(crypto: CryptoProvider, sniCallback: SniCallback | undefined) {
    this.crypto = crypto
    this.sniCallback = sniCallback
  }

  get isEmpty(): boolean {
    return this.fallback === undefined && this.byName.size === 0 && this.sniCallback === undefined
  }

  setDefault(options: SecureContextOptions): void {
    this.fallback = identityOf(this.crypto, options)
  }

  /** @param hostname a name, or `*.` and a name for exactly one more label */
  add(hostname: string, options: SecureContextOptions): void {
    if (hostname === '') throw argumentError('ERR_INVALID_ARG_VALUE', 'The host name is empty')
    this.byName.set(hostname.toLowerCase(), identityOf(this.crypto, options))
  }

  /** Undefined: no certificate for that name, the handshake fails with unrecognized_name. */
  select(serverName: string | undefined): Identity | undefined {
    if (serverName === undefined) return this.fallback
    const name = serverName.toLowerCase()
    const parent = name.indexOf('.')
    return (
      this.ask(serverName) ??
      this.byName.get(name) ??
      (parent === -1 ? undefined : this.byName.get(`*${name.slice(parent)}`)) ??
      this.fallback
    )
  }

  private ask(serverName: string): Identity | undefined {
    if (this.sniCallback === undefined) return undefined
    let found: SecureContextOptions | undefined
    try {
      this.sniCallback(serverName, (error, context) => {
        if (error === null) found = context
      })
      return found === undefined ? undefined : this.load(found)
    } catch (error) {
      process.emitWarning(`SNICallback failed for ${serverName}: ${error}`, 'TsquicWarning')
      return undefined
    }
  }

  private load(context: SecureContextOptions): Identity {
    let identity = this.loaded.get(context)
    if (identity === undefined) {
      identity = identityOf(this.crypto, context)
      this.loaded.set(context, identity)
    }
    return identity
  }
}
