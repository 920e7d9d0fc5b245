import type { RandomBytes } from '../../tls13/index.ts'
import type { Connection } from '../connection/connection.ts'
import type { ConnectionIdRegistry } from '../connection/local-connection-ids.ts'
import type { ResetTokenRegistry } from '../connection/remote-connection-ids.ts'
import { CONNECTION_ID_LENGTH } from '../connection-id.ts'
import type { ResetTokens } from './reset-tokens.ts'
import type { Router } from './router.ts'

const NO_KEYS: readonly string[] = []

/** What of an endpoint leads to one connection: its ids and its peer's stateless reset tokens. */
export class ConnectionRoutes implements ConnectionIdRegistry, ResetTokenRegistry {
  private readonly router: Router
  private readonly tokens: ResetTokens
  private readonly randomBytes: RandomBytes
  private connection: Connection | undefined = undefined
  /** Ids are registered while the connection is being made: they wait for it here. */
  private early: readonly string[] = NO_KEYS

  constructor(router: Router, tokens: ResetTokens, randomBytes: RandomBytes) {
    this.router = router
    this.tokens = tokens
    this.randomBytes = randomBytes
  }

  /** The connection is made. */
  lead(connection: Connection): void {
    this.connection = connection
    for (const key of this.early) this.router.add(key, connection)
    this.early = NO_KEYS
  }

  create(): Uint8Array {
    return this.randomBytes(CONNECTION_ID_LENGTH)
  }

  resetToken(id: Uint8Array): Uint8Array {
    return this.tokens.of(id)
  }

  add(key: string): void {
    if (this.connection === undefined) this.early = [...this.early, key]
    else this.router.add(key, this.connection)
  }

  remove(key: string): void {
    this.router.remove(key)
  }

  onResetToken(token: Uint8Array, inUse: boolean): void {
    if (inUse && this.connection !== undefined) this.tokens.add(token, this.connection)
    else this.tokens.remove(token)
  }
}
