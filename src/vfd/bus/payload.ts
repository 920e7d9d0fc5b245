import type { Field } from '../../qpack/index.ts'
import { BusError } from './errors.ts'
import { MAX_FIELDS } from './limits.ts'

/** Reads values from a payload; what is cut short is a {@link BusError}. Little-endian. */
export class PayloadReader {
  private readonly bytes: Buffer
  private at = 0

  constructor(payload: Uint8Array) {
    this.bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.skip(4))
  }

  latin1(length: number): string {
    const at = this.skip(length)
    return this.bytes.toString('latin1', at, at + length)
  }

  /** A u32 length and so many bytes. */
  block(): Uint8Array {
    const length = this.u32()
    const at = this.skip(length)
    return this.bytes.subarray(at, at + length)
  }

  /** A field section, as {@link writeFields} wrote it. */
  fields(): Field[] {
    const count = this.u32()
    if (count > MAX_FIELDS) throw new BusError(`A section of ${count} fields`)
    const fields: Field[] = []
    for (let i = 0; i < count; i++) {
      const sensitive = this.u8() === 1
      const nameLength = this.u32()
      const valueLength = this.u32()
      const name = this.latin1(nameLength)
      const value = this.latin1(valueLength)
      fields.push(sensitive ? { name, value, sensitive } : { name, value })
    }
    return fields
  }

  private skip(count: number): number {
    const { at } = this
    if (count > this.bytes.length - at) throw new BusError('A payload is cut short')
    this.at = at + count
    return at
  }
}

/** Where payloads are put together, one at a time: most are far smaller. */
const SCRATCH = Buffer.allocUnsafeSlow(16 * 1024)

/** Writes values into a payload. One is written at a time. Little-endian. */
export class PayloadWriter {
  private bytes = SCRATCH
  private length = 0

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.bytes.writeUInt32LE(value, at)
  }

  latin1(text: string): void {
    const at = this.reserve(text.length)
    this.bytes.write(text, at, 'latin1')
  }

  block(block: Uint8Array): void {
    this.u32(block.length)
    const at = this.reserve(block.length)
    this.bytes.set(block, at)
  }

  fields(fields: readonly Field[]): void {
    this.u32(fields.length)
    for (const { name, value, sensitive } of fields) {
      this.u8(sensitive === true ? 1 : 0)
      this.u32(name.length)
      this.u32(value.length)
      this.latin1(name)
      this.latin1(value)
    }
  }

  /** A copy of it. */
  written(): Uint8Array {
    const payload = Buffer.allocUnsafe(this.length)
    this.bytes.copy(payload, 0, 0, this.length)
    return payload
  }

  private reserve(count: number): number {
    const at = this.length
    this.length = at + count
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.length, this.bytes.length * 2))
      this.bytes.copy(larger, 0, 0, at)
      this.bytes = larger
    }
    return at
  }
}
