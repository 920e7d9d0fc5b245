import type { Connection } from '../connection/connection.ts'
import { idKey } from '../connection-id.ts'

/**
 * Which connection a datagram belongs to, by its destination connection id. A `Map` over strings: V8
 * seeds its string hashes, so that a client who chooses ids can't choose collisions.
 */
export class Router {
  private readonly byKey = new Map<string, Connection>()

  /** The connection of an id inside a datagram. */
  lookUp(datagram: Uint8Array, start: number, length: number): Connection | undefined {
    return this.byKey.get(idKey(datagram, start, length))
  }

  /** @param key of the id, by `idKey` */
  add(key: string, connection: Connection): void {
    this.byKey.set(key, connection)
  }

  remove(key: string): void {
    this.byKey.delete(key)
  }

  get size(): number {
    return this.byKey.size
  }
}
