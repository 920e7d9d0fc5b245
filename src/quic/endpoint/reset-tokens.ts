import { toHex } from '../../bytes/index.ts'
import type { Env } from '../config.ts'
import type { Connection } from '../connection/connection.ts'
import { STATELESS_RESET_TOKEN_LENGTH } from '../wire/index.ts'

/** Stateless reset tokens (RFC 9000 §10.3): those of our ids, and the peers' that are in use. */
export class ResetTokens {
  private readonly env: Env
  private readonly secret: Uint8Array
  /** The peers', under a key that tells nothing of them in its timing. */
  private readonly inUse = new Map<string, Connection>()

  constructor(env: Env) {
    this.env = env
    this.secret = env.randomBytes(32).slice()
  }

  /** How many of peers are in use. */
  get size(): number {
    return this.inUse.size
  }

  /** The token of an id of ours: the same as long as this lives. */
  of(id: Uint8Array): Uint8Array {
    const mac = this.env.crypto.hmac('sha256', this.secret, id)
    return mac.subarray(0, STATELESS_RESET_TOKEN_LENGTH)
  }

  /** The connection whose peer has that token. */
  lookUp(token: Uint8Array): Connection | undefined {
    return this.inUse.get(this.key(token))
  }

  add(token: Uint8Array, connection: Connection): void {
    this.inUse.set(this.key(token), connection)
  }

  remove(token: Uint8Array): void {
    this.inUse.delete(this.key(token))
  }

  private key(token: Uint8Array): string {
    return toHex(this.env.crypto.hmac('sha256', this.secret, token))
  }
}
