/**
 * Seeded random numbers (xoshiro128**, seeded by splitmix32): the same seed gives the same numbers
 * on every machine. For simulations only, never for secrets.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /** @param seed an integer; its low 32 bits count */
  constructor(seed: number) {
    let state = seed | 0
    const split = () => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return z ^ (z >>> 16)
    }
    this.a = split()
    this.b = split()
    this.c = split()
    this.d = split()
  }

  /** 32 random bits, as a number of 0 … 2^32-1. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9)
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotateLeft(this.d, 11)
    return scrambled >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    return this.uint32() / 2 ** 32
  }

  /** Whether something of this probability happens; each call uses up one number. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** An integer in [0, end). */
  int(end: number): number {
    return Math.floor(this.next() * end)
  }

  randomBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const bits = this.uint32()
      for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = bits >>> (8 * i)
    }
    return bytes
  }

  /** A generator of its own: what draws from it leaves the numbers of this one as they are. */
  fork(): Random {
    return new Random(this.uint32())
  }
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count))
}
