import { illegalParameter } from '../alert.ts'
import { InvalidKeyShareError, type KeyShare } from '../crypto/provider.ts'
import type { KeyShareEntry } from '../messages/extension-values.ts'

/** The shared secret of our share and the peer's; a share that is not valid is illegal_parameter. */
export function agree(own: KeyShare, peer: KeyShareEntry): Uint8Array {
  try {
    return own.sharedSecret(peer.publicKey)
  } catch (error) {
    if (!(error instanceof InvalidKeyShareError)) throw error
    throw illegalParameter(error.message, { cause: error })
  }
}
