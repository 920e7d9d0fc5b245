import type { SocketLibc } from './socket-libc.ts'

const TWO_32 = 2 ** 32

/** Memory that stays where it is for as long as this object lives; zeros at first. */
export class NativeMemory {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Uint32Array
  readonly address: number

  constructor(libc: SocketLibc, length: number) {
    const buffer = new ArrayBuffer(length)
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.address = libc.addressOf(buffer)
  }

  /** As an argument of a function of libc. */
  pointerTo(offset: number): bigint {
    return BigInt(this.address + offset)
  }

  /** At `offset`, a multiple of 4. */
  setWord(offset: number, value: number): void {
    this.words[offset >>> 2] = value
  }

  getWord(offset: number): number {
    return this.words[offset >>> 2]!
  }

  setPointer(offset: number, address: number): void {
    const { words } = this
    const index = offset >>> 2
    words[index] = address % TWO_32
    words[index + 1] = address / TWO_32
  }
}
