/**
 * A running 64-bit digest that tells two runs apart: two multiplicative hashes side by side. Quick,
 * and no protection against someone who looks for collisions.
 */
export class Digest {
  private low = 0xdeadbeef | 0
  private high = 0x41c6ce57 | 0

  bytes(bytes: Uint8Array): void {
    let { low, high } = this
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!
      low = Math.imul(low ^ byte, 0x9e3779b1)
      high = Math.imul(high ^ byte, 0x5f356495)
      low ^= low >>> 15
      high ^= high >>> 13
    }
    this.low = low
    this.high = high
    this.number(bytes.length)
  }

  /** Takes in all 64 bits of a number. */
  number(value: number): void {
    NUMBER[0] = value
    for (let i = 0; i < 2; i++) {
      this.low = Math.imul(this.low ^ NUMBER_BITS[i]!, 0x85ebca77)
      this.high = Math.imul(this.high ^ NUMBER_BITS[i]!, 0xc2b2ae3d)
      this.low ^= this.low >>> 15
      this.high ^= this.high >>> 13
    }
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i))
    this.number(text.length)
  }

  /** Sixteen hex digits. */
  hex(): string {
    const word = (bits: number) => (bits >>> 0).toString(16).padStart(8, '0')
    return word(this.low) + word(this.high)
  }
}

const NUMBER = new Float64Array(1)
const NUMBER_BITS = new Uint32Array(NUMBER.buffer)
