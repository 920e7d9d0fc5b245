import { STATELESS_RESET_TOKEN_LENGTH } from '../wire/index.ts'

/**
 * A peer's stateless reset token (RFC 9000 §10.3). Four numbers: a connection has several that it may
 * never need, and an array of bytes takes 200 bytes before the first one.
 */
export class ResetToken {
  private readonly first: number
  private readonly second: number
  private readonly third: number
  private readonly fourth: number

  constructor(token: Uint8Array) {
    this.first = int32At(token, 0)
    this.second = int32At(token, 4)
    this.third = int32At(token, 8)
    this.fourth = int32At(token, 12)
  }

  /** In memory of its own. */
  bytes(): Uint8Array {
    const token = new Uint8Array(STATELESS_RESET_TOKEN_LENGTH)
    const view = new DataView(token.buffer)
    view.setInt32(0, this.first)
    view.setInt32(4, this.second)
    view.setInt32(8, this.third)
    view.setInt32(12, this.fourth)
    return token
  }

  /** Whether 16 bytes are this token. The time that it takes does not depend on where they differ. */
  equals(token: Uint8Array): boolean {
    const difference =
      (this.first ^ int32At(token, 0)) |
      (this.second ^ int32At(token, 4)) |
      (this.third ^ int32At(token, 8)) |
      (this.fourth ^ int32At(token, 12))
    return difference === 0
  }
}

function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
