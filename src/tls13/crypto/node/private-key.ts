import { createPrivateKey, type KeyObject } from 'node:crypto'
import {
  findPrivateKeyBlock,
  UnsupportedKeyError,
  unreadableDer,
  unreadablePem,
} from '../private-key-input.ts'
import type { PrivateKey, SignatureSchemeName } from '../provider.ts'
import type { KeyKind } from '../signature-algorithms.ts'
import { kindOfKey, signWith } from './signature.ts'

class NodePrivateKey implements PrivateKey {
  readonly kind: KeyKind
  private readonly key: KeyObject

  constructor(key: KeyObject, kind: KeyKind) {
    this.key = key
    this.kind = kind
  }

  sign(scheme: SignatureSchemeName, data: Uint8Array): Uint8Array {
    return signWith(this.key, this.kind, scheme, data)
  }
}

/** See `CryptoProvider.loadPrivateKey`. */
export function loadPrivateKey(input: string | Uint8Array): PrivateKey {
  const block = findPrivateKeyBlock(input)
  const key = block === undefined ? parseDer(input as Uint8Array) : parsePem(block.pem)
  const kind = kindOfKey(key)
  if (kind === undefined)
    throw new UnsupportedKeyError(
      String(key.asymmetricKeyType),
      key.asymmetricKeyDetails?.namedCurve,
    )
  return new NodePrivateKey(key, kind)
}

function parsePem(block: string): KeyObject {
  try {
    return createPrivateKey(block)
  } catch (cause) {
    throw unreadablePem(cause)
  }
}

function parseDer(input: Uint8Array): KeyObject {
  const key = Buffer.from(input)
  for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type })
    } catch {
      // The next type may be the one.
    }
  }
  throw unreadableDer()
}
