import { randomBytes } from '@noble/hashes/utils.js'
import { decodeBase64 } from '../../base64.ts'
import {
  findPrivateKeyBlock,
  UnsupportedKeyError,
  unreadableDer,
  unreadablePem,
} from '../private-key-input.ts'
import type { PrivateKey, SignatureSchemeName } from '../provider.ts'
import type { KeyKind } from '../signature-algorithms.ts'
import { readSecretKey, type SecretKey } from './private-key-formats.ts'
import { signWith } from './signature.ts'

class NoblePrivateKey implements PrivateKey {
  readonly kind: KeyKind
  private readonly key: SecretKey

  constructor(key: SecretKey) {
    this.key = key
    this.kind = key.kind
  }

  sign(scheme: SignatureSchemeName, data: Uint8Array): Uint8Array {
    // The platform's own randomness, as node:crypto has its own: a salt is nothing that a simulation repeats.
    return signWith(this.key, scheme, data, randomBytes)
  }
}

/** See `CryptoProvider.loadPrivateKey`. */
export function loadPrivateKey(input: string | Uint8Array): PrivateKey {
  const block = findPrivateKeyBlock(input)
  const der = block === undefined ? (input as Uint8Array) : decodeBase64(block.base64)
  if (der === undefined) throw unreadablePem('no base64')
  try {
    return new NoblePrivateKey(readSecretKey(der))
  } catch (cause) {
    if (cause instanceof UnsupportedKeyError) throw cause
    throw block === undefined ? unreadableDer({ cause }) : unreadablePem(cause)
  }
}
