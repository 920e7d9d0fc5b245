import { createCipheriv, createDecipheriv } from 'node:crypto'
import { MAX_BUSY_KEYS } from '../../limits.ts'
import type { Aead, AeadName } from '../provider.ts'
import { type BusyKey, BusyKeys } from './busy-keys.ts'
import { AesGcm, gcmPrograms } from './gcm/index.ts'

const TAG = 16
/** One object for all calls: Node only reads it. */
const OPTIONS = { authTagLength: TAG } as const

/**
 * Calls under one key after which `AesGcm` is made for it. That costs as much as about four calls save;
 * keys of handshakes and of connections that are short see fewer.
 */
const BUSY_AFTER = 8

const busyKeys = new BusyKeys(MAX_BUSY_KEYS)

/** Where a key lies while Node makes a cipher of it. */
class KeySlot {
  readonly words: Int32Array
  readonly bytes: Uint8Array

  constructor(length: number) {
    this.words = new Int32Array(length / 4)
    this.bytes = new Uint8Array(this.words.buffer)
  }

  clear(): void {
    for (let i = 0; i < this.words.length; i++) this.words[i] = 0
  }
}

const SLOT_128 = new KeySlot(16)
const SLOT_256 = new KeySlot(32)

/** Any of the three: Node wants a new cipher object for every packet. */
class NodeAead implements Aead {
  /** Node's types know the calls of an AEAD by literal names; they are the same for all three. */
  private readonly name: 'aes-128-gcm'
  protected readonly slot: KeySlot
  /** The key: as an array of bytes that native code has seen it would take four times the memory. */
  private readonly words: readonly number[]

  constructor(name: AeadName, key: Uint8Array) {
    this.name = name as 'aes-128-gcm'
    this.slot = name === 'aes-128-gcm' ? SLOT_128 : SLOT_256
    const { bytes, words } = this.slot
    if (key.length !== bytes.length) throw new RangeError(`a key of ${key.length} bytes`)
    bytes.set(key)
    this.words = Array.from({ length: words.length }, (_, i) => words[i]!)
    this.slot.clear()
  }

  /** The key in its slot, until that is cleared. */
  protected key(): Uint8Array {
    const { slot, words } = this
    for (let i = 0; i < words.length; i++) slot.words[i] = words[i]!
    return slot.bytes
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const { length } = plaintext
    const cipher = createCipheriv(this.name, this.key(), nonce, OPTIONS)
    this.slot.clear()
    cipher.setAAD(aad)
    out.set(cipher.update(plaintext), 0)
    cipher.final()
    out.set(cipher.getAuthTag(), length)
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG
    if (length < 0) return undefined
    const decipher = createDecipheriv(this.name, this.key(), nonce, OPTIONS)
    this.slot.clear()
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

/** AES-GCM, by `AesGcm` once the key is found to be busy. */
class AdaptiveAesGcm extends NodeAead implements BusyKey {
  isUsed = false
  private fast: AesGcm | undefined = undefined
  private calls = 0

  override seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const fast = this.fastFor(aad.length, plaintext.length)
    if (fast === undefined) super.seal(nonce, aad, plaintext, out)
    else fast.seal(nonce, aad, plaintext, out)
  }

  override open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const fast = this.fastFor(aad.length, sealed.length)
    return fast === undefined ? super.open(nonce, aad, sealed) : fast.open(nonce, aad, sealed)
  }

  rest(): void {
    this.fast = undefined
  }

  private fastFor(aadLength: number, textLength: number): AesGcm | undefined {
    if (!AesGcm.takes(aadLength, textLength)) return undefined
    if (this.fast !== undefined) {
      this.isUsed = true
      return this.fast
    }
    if (this.calls++ < BUSY_AFTER) return undefined
    this.calls = 0
    const program = gcmPrograms.get()
    if (program === undefined || !busyKeys.add(this)) return undefined
    this.fast = new AesGcm(program, this.key())
    this.slot.clear()
    return this.fast
  }
}

export function createAead(name: AeadName, key: Uint8Array): Aead {
  return name === 'chacha20-poly1305' ? new NodeAead(name, key) : new AdaptiveAesGcm(name, key)
}
