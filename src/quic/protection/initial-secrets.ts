import { type CryptoProvider, hkdfExpandLabel, hkdfExtract } from '../../tls13/index.ts'
import { versionInfo } from '../wire/index.ts'

const NO_CONTEXT = new Uint8Array(0)
const SECRET_LENGTH = 32

export interface InitialSecrets {
  readonly client: Uint8Array
  readonly server: Uint8Array
}

/**
 * RFC 9001 §5.2: anybody who sees the client's first Initial can make them. The keys come from them
 * with `INITIAL_SUITE`.
 *
 * @param destinationConnectionId of the client's first Initial, or of its first after a Retry
 */
export function deriveInitialSecrets(
  crypto: CryptoProvider,
  version: number,
  destinationConnectionId: Uint8Array,
): InitialSecrets {
  const { initialSalt } = versionInfo(version)!
  const initial = hkdfExtract(crypto, 'sha256', initialSalt, destinationConnectionId)
  const derive = (label: string) =>
    hkdfExpandLabel(crypto, 'sha256', initial, label, NO_CONTEXT, SECRET_LENGTH)
  return { client: derive('client in'), server: derive('server in') }
}
