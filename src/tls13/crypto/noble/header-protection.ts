import { ecb } from '@noble/ciphers/aes.js'
import { hchacha } from '@noble/ciphers/chacha.js'
import type { AeadName, HeaderProtection } from '../provider.ts'

/** RFC 9001 §5.4.3: the mask is the sample encrypted as one AES block. */
class AesHeaderProtection implements HeaderProtection {
  private readonly key: Uint8Array

  constructor(key: Uint8Array) {
    this.key = key
  }

  mask(sample: Uint8Array): Uint8Array {
    return ecb(this.key, { disablePadding: true }).encrypt(sample)
  }
}

/** "expand 32-byte k": the constant words of the ChaCha state (RFC 8439 §2.3). */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

function littleEndianWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = new Uint32Array(bytes.length / 4)
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(i * 4, true)
  return words
}

/**
 * RFC 9001 §5.4.4. The sample is counter and nonce, chosen by whoever sent the datagram, and
 * `chacha20` throws on the counter 2^32-1; so the mask is taken from the bare rounds, which
 * HChaCha20 gives: word n of the block is word n after the rounds plus word n before them.
 */
class ChaChaHeaderProtection implements HeaderProtection {
  private readonly key: Uint32Array
  private readonly rounds = new Uint32Array(8)
  private readonly masked = new Uint8Array(5)

  constructor(key: Uint8Array) {
    this.key = littleEndianWords(key)
  }

  mask(sample: Uint8Array): Uint8Array {
    hchacha(SIGMA, this.key, littleEndianWords(sample), this.rounds)
    const first = this.rounds[0]! + SIGMA[0]!
    const { masked } = this
    masked[0] = first
    masked[1] = first >>> 8
    masked[2] = first >>> 16
    masked[3] = first >>> 24
    masked[4] = this.rounds[1]! + SIGMA[1]!
    return masked
  }
}

export function createHeaderProtection(name: AeadName, key: Uint8Array): HeaderProtection {
  return name === 'chacha20-poly1305'
    ? new ChaChaHeaderProtection(key)
    : new AesHeaderProtection(key)
}
