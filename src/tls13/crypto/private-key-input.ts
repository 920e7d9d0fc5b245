/** What all providers do alike with the text or bytes that a user gives as a private key. */

/** The key's own block: OpenSSL writes `EC PARAMETERS`, and people put certificates, into the same file. */
const PRIVATE_KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END \1-----/

export interface PrivateKeyBlock {
  /** With its two lines of dashes. */
  readonly pem: string
  /** What stands between them. */
  readonly base64: string
}

/** The key in a PEM file; undefined for bytes that are no PEM, so DER. Throws `TypeError`. */
export function findPrivateKeyBlock(input: string | Uint8Array): PrivateKeyBlock | undefined {
  const text = typeof input === 'string' ? input : new TextDecoder('latin1').decode(input)
  if (typeof input !== 'string' && !text.includes('-----BEGIN ')) return undefined
  if (/ENCRYPTED/.test(text))
    throw new TypeError('the private key is encrypted: decrypt it first (openssl pkey)')
  const block = PRIVATE_KEY_BLOCK.exec(text)
  if (block === null) throw new TypeError('no PRIVATE KEY block in the PEM')
  return { pem: block[0], base64: block[2]! }
}

export function unreadablePem(cause: unknown): TypeError {
  return new TypeError('the private key in the PEM cannot be read', { cause })
}

export function unreadableDer(options?: ErrorOptions): TypeError {
  return new TypeError('not a private key: neither PEM nor PKCS#8, SEC 1 or PKCS#1 DER', options)
}

/** A key that is whole, but of no use here. */
export class UnsupportedKeyError extends TypeError {
  constructor(type: string, curve?: string) {
    const name = curve === undefined ? type : `${type} (${curve})`
    super(`a private key of type ${name} is not supported: use RSA, P-256, P-384 or Ed25519`)
  }
}
