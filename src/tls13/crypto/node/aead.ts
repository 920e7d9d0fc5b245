import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Aead, AeadName } from '../provider.ts'

const TAG = 16
/** One object for all calls: Node only reads it. */
const OPTIONS = { authTagLength: TAG } as const

/** Any of the three: Node wants a new cipher object for every packet. */
class NodeAead implements Aead {
  /** Node's types know the calls of an AEAD by literal names; they are the same for all three. */
  private readonly name: 'aes-128-gcm'
  private readonly key: Uint8Array

  constructor(name: AeadName, key: Uint8Array) {
    this.name = name as 'aes-128-gcm'
    this.key = key
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const { length } = plaintext
    const cipher = createCipheriv(this.name, this.key, nonce, OPTIONS)
    cipher.setAAD(aad)
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
    // A `Buffer`'s `slice` shares memory, where the core means a copy: it sees plain arrays only.
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length)
  }
}

export function createAead(name: AeadName, key: Uint8Array): Aead {
  return new NodeAead(name, key)
}
