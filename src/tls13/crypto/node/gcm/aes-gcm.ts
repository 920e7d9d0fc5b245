import { type Cipher, createCipheriv } from 'node:crypto'
import type { Aead } from '../../provider.ts'
import type { GcmProgram } from './gcm-program.ts'
import { writeTables } from './ghash-tables.ts'
import { Address, BLOCK, MAX_AAD, MAX_TEXT, TABLE_LENGTH } from './program.ts'

const TAG = 16

/**
 * AES-GCM with one ECB cipher object that serves for the life of the key, where node:crypto's own GCM
 * wants a new one for every packet: that costs more than the encryption. The key stream is the ECB of
 * the counter blocks (NIST SP 800-38D §6.5), and the rest is the program's.
 */
export class AesGcm implements Aead {
  private readonly ecb: Cipher
  /** Tables of H and H². */
  private readonly tables = new Uint8Array(2 * TABLE_LENGTH)
  private readonly program: GcmProgram

  /** @param key 16 or 32 bytes */
  constructor(program: GcmProgram, key: Uint8Array) {
    this.program = program
    this.ecb = createCipheriv(key.length === 16 ? 'aes-128-ecb' : 'aes-256-ecb', key, null)
    this.ecb.setAutoPadding(false)
    this.makeTables()
  }

  /** Whether it has room for that much, the tag with the text or not. */
  static takes(aadLength: number, textLength: number): boolean {
    return aadLength <= MAX_AAD && textLength <= MAX_TEXT
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const { length } = plaintext
    const { program } = this
    const { memory } = program
    this.begin(nonce, aad, length)
    memory.set(plaintext, Address.text)
    program.run.seal(aad.length, length)
    out.set(memory.subarray(Address.text, Address.text + length + TAG))
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG
    if (length < 0) return undefined
    const { program } = this
    const { memory } = program
    const keyStream = this.begin(nonce, aad, length)
    memory.set(sealed, Address.text)
    if (program.run.open(aad.length, length) === 0) return undefined
    // Its memory is nobody else's and long enough.
    keyStream.set(memory.subarray(Address.text, Address.text + length))
    keyStream.fill(0, length)
    return new Uint8Array(keyStream.buffer, keyStream.byteOffset, length)
  }

  /** All but the text. */
  private begin(nonce: Uint8Array, aad: Uint8Array, length: number): Uint8Array {
    const { program } = this
    const { memory } = program
    program.useTables(this.tables)
    memory.set(nonce, Address.nonce)
    program.run.begin(length)
    memory.set(aad, Address.text - BLOCK * Math.ceil(aad.length / BLOCK))
    const blocks = 1 + Math.ceil(length / BLOCK)
    const keyStream = this.ecb.update(program.counters(blocks))
    memory.set(keyStream, Address.keyStream)
    return keyStream
  }

  private makeTables(): void {
    const { program, tables } = this
    const { memory } = program
    // SP 800-38D §6.4: the hash key is the encryption of zeros.
    const hashKey = this.ecb.update(new Uint8Array(BLOCK))
    const first = new Uint8Array(2 * TABLE_LENGTH)
    writeTables(hashKey, first)
    program.useTables(first)
    // H, after a block of zeros that the tables of H² are for, gives H·H.
    memory.fill(0, Address.text, Address.text + BLOCK)
    memory.set(hashKey, Address.text + BLOCK)
    program.run.hashBlocks(Address.text, Address.text + 2 * BLOCK)
    tables.set(first)
    const square = memory.subarray(Address.hash, Address.hash + BLOCK)
    writeTables(square, tables.subarray(TABLE_LENGTH))
  }
}
