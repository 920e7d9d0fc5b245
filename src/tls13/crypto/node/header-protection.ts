import { type Cipher, createCipheriv } from 'node:crypto'
import type { AeadName, HeaderProtection } from '../provider.ts'

/** RFC 9001 §5.4.3: the mask is the sample encrypted as one AES block. */
class AesHeaderProtection implements HeaderProtection {
  /** ECB keeps no state from block to block, so one cipher object serves for the life of the key. */
  private readonly cipher: Cipher

  constructor(name: 'aes-128-ecb' | 'aes-256-ecb', key: Uint8Array) {
    this.cipher = createCipheriv(name, key, null)
    this.cipher.setAutoPadding(false)
  }

  mask(sample: Uint8Array): Uint8Array {
    return this.cipher.update(sample)
  }
}

const FIVE_ZEROS = new Uint8Array(5)

/** RFC 9001 §5.4.4: OpenSSL's IV is the counter and the nonce in the order of the sample. */
class ChaChaHeaderProtection implements HeaderProtection {
  private readonly key: Uint8Array

  constructor(key: Uint8Array) {
    this.key = key
  }

  mask(sample: Uint8Array): Uint8Array {
    return createCipheriv('chacha20', this.key, sample).update(FIVE_ZEROS)
  }
}

export function createHeaderProtection(name: AeadName, key: Uint8Array): HeaderProtection {
  switch (name) {
    case 'aes-128-gcm':
      return new AesHeaderProtection('aes-128-ecb', key)
    case 'aes-256-gcm':
      return new AesHeaderProtection('aes-256-ecb', key)
    case 'chacha20-poly1305':
      return new ChaChaHeaderProtection(key)
  }
}
