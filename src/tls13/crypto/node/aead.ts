import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Aead, AeadName } from '../provider.ts'

const TAG = 16
/** One object for all calls: Node only reads it. */
const OPTIONS = { authTagLength: TAG } as const

/** A `Buffer`'s `slice` shares memory, where the core means a copy: it sees plain arrays only. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** The AES-GCM suites; the type of Node's functions depends on the literal name. */
class GcmAead implements Aead {
  private readonly name: 'aes-128-gcm' | 'aes-256-gcm'
  private readonly key: Uint8Array

  constructor(name: 'aes-128-gcm' | 'aes-256-gcm', key: Uint8Array) {
    this.name = name
    this.key = key
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const cipher = createCipheriv(this.name, this.key, nonce, OPTIONS)
    cipher.setAAD(aad)
    const length = plaintext.length
    out.set(cipher.update(plaintext), 0)
    cipher.final()
    out.set(cipher.getAuthTag(), length)
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG
    if (length < 0) return undefined
    const decipher = createDecipheriv(this.name, this.key, nonce, OPTIONS)
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(length))
    const plaintext = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
    } catch {
      return undefined
    }
    return asBytes(plaintext)
  }
}

class ChaChaAead implements Aead {
  private readonly key: Uint8Array

  constructor(key: Uint8Array) {
    this.key = key
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const length = plaintext.length
    const cipher = createCipheriv('chacha20-poly1305', this.key, nonce, OPTIONS)
    cipher.setAAD(aad, { plaintextLength: length })
    out.set(cipher.update(plaintext), 0)
    cipher.final()
    out.set(cipher.getAuthTag(), length)
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG
    if (length < 0) return undefined
    const decipher = createDecipheriv('chacha20-poly1305', this.key, nonce, OPTIONS)
    decipher.setAAD(aad, { plaintextLength: length })
    decipher.setAuthTag(sealed.subarray(length))
    const plaintext = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
    } catch {
      return undefined
    }
    return asBytes(plaintext)
  }
}

export function createAead(name: AeadName, key: Uint8Array): Aead {
  return name === 'chacha20-poly1305' ? new ChaChaAead(key) : new GcmAead(name, key)
}
