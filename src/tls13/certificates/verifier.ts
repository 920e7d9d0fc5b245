import type { CryptoProvider } from '../crypto/provider.ts'
import { Purpose } from './extensions.ts'
import { checkServerName, parseServerName } from './host-name.ts'
import type { TrustStore } from './trust-store.ts'
import type { PeerVerifier } from './types.ts'
import { verifyChain } from './verify-chain.ts'

export interface ClientVerifierOptions {
  readonly crypto: Pick<CryptoProvider, 'verify'>
  readonly trust: TrustStore
  /** The time of day in milliseconds since 1970; asked for once a verification. */
  readonly unixTime: () => number
}

export interface ServerVerifierOptions extends ClientVerifierOptions {
  /** The host name (A-labels) or IP literal that the user asked for. */
  readonly serverName: string
}

/** Judges servers: path, purpose and name. Throws `ArgumentError` if `serverName` is no name. */
export function createServerVerifier(options: ServerVerifierOptions): PeerVerifier {
  const { crypto, trust, unixTime } = options
  const reference = parseServerName(options.serverName)
  return (chain) => {
    const path = verifyChain(chain, { crypto, trust, purpose: Purpose.serverAuth, now: unixTime() })
    checkServerName(path[0]!, reference)
  }
}

/** Judges clients: path and purpose. What their names allow them is the application's matter. */
export function createClientVerifier(options: ClientVerifierOptions): PeerVerifier {
  const { crypto, trust, unixTime } = options
  return (chain) => {
    verifyChain(chain, { crypto, trust, purpose: Purpose.clientAuth, now: unixTime() })
  }
}
