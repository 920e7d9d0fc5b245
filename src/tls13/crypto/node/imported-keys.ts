import { createPublicKey, type KeyObject } from 'node:crypto'
import { MAX_IMPORTED_KEYS } from '../../limits.ts'
import { type PublicKey, readPublicKey } from '../public-key.ts'

export interface ImportedKey {
  readonly kind: PublicKey['kind']
  readonly key: KeyObject
  /** Bytes of a signature, which is as long as the modulus. Undefined for other keys. */
  readonly rsaSignatureLength: number | undefined
}

/** Public keys as OpenSSL wants them: it takes up to 300 us to import one. */
export class ImportedKeys {
  /** By the bytes of the key, the longest unused first. */
  private readonly bySpki = new Map<string, ImportedKey>()

  get size(): number {
    return this.bySpki.size
  }

  /** Throws on what is no key that we take. */
  get(spki: Uint8Array): ImportedKey {
    const { bySpki } = this
    const der = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
    const text = der.toString('latin1')
    let imported = bySpki.get(text)
    if (imported !== undefined) {
      bySpki.delete(text)
    } else {
      const publicKey = readPublicKey(spki)
      imported = {
        kind: publicKey.kind,
        key: createPublicKey({ key: der, format: 'der', type: 'spki' }),
        rsaSignatureLength:
          publicKey.kind === 'rsa' ? Math.ceil(publicKey.rsa.bits / 8) : undefined,
      }
      if (bySpki.size >= MAX_IMPORTED_KEYS) this.dropOldest()
    }
    bySpki.set(text, imported)
    return imported
  }

  private dropOldest(): void {
    for (const oldest of this.bySpki.keys()) {
      this.bySpki.delete(oldest)
      return
    }
  }
}
