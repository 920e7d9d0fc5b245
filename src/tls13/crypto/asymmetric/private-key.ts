import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { PrivateKey, SignatureSchemeName } from '../provider.ts'
import { type KeyKind, kindOfKey, signWith } from './signature.ts'

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

/** The key's own block: OpenSSL writes `EC PARAMETERS`, and people put certificates, into the same file. */
const PRIVATE_KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/

/** See `CryptoProvider.loadPrivateKey`. */
export function loadPrivateKey(input: string | Uint8Array): PrivateKey {
  const key = typeof input === 'string' || isPem(input) ? parsePem(input) : parseDer(input)
  const kind = kindOfKey(key)
  if (kind === undefined) {
    const curve = key.asymmetricKeyDetails?.namedCurve
    throw new TypeError(
      `a private key of type ${key.asymmetricKeyType}${curve === undefined ? '' : ` (${curve})`} is not supported: use RSA, P-256, P-384 or Ed25519`,
    )
  }
  return new NodePrivateKey(key, kind)
}

function isPem(input: Uint8Array): boolean {
  return Buffer.from(input).includes('-----BEGIN ')
}

function parsePem(input: string | Uint8Array): KeyObject {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
  if (/ENCRYPTED/.test(text))
    throw new TypeError('the private key is encrypted: decrypt it first (openssl pkey)')
  const block = PRIVATE_KEY_BLOCK.exec(text)?.[0]
  if (block === undefined) throw new TypeError('no PRIVATE KEY block in the PEM')
  try {
    return createPrivateKey(block)
  } catch (cause) {
    throw new TypeError('the private key in the PEM cannot be read', { cause })
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
  throw new TypeError('not a private key: neither PEM nor PKCS#8, SEC 1 or PKCS#1 DER')
}
