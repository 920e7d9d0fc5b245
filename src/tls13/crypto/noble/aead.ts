import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { Aead, AeadName } from '../provider.ts'

type NobleCipher = typeof gcm | typeof chacha20poly1305

class NobleAead implements Aead {
  private readonly cipher: NobleCipher
  private readonly key: Uint8Array

  constructor(cipher: NobleCipher, key: Uint8Array) {
    this.cipher = cipher
    this.key = key
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    out.set(this.cipher(this.key, nonce, aad).encrypt(plaintext), 0)
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const cipher = this.cipher(this.key, nonce, aad)
    try {
      return cipher.decrypt(sealed)
    } catch {
      return undefined
    }
  }
}

export function createAead(name: AeadName, key: Uint8Array): Aead {
  return new NobleAead(name === 'chacha20-poly1305' ? chacha20poly1305 : gcm, key)
}
