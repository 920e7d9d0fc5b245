import type { Connection } from '../connection/connection.ts'

/**
 * Which connection a datagram belongs to, by its destination connection id. A `Map` over strings: V8
 * seeds its string hashes, so that a client who chooses ids can't choose collisions.
 */
export class Router {
  private readonly byId = new Map<string, Connection>()

  get(id: Uint8Array): Connection | undefined {
    return this.byId.get(keyOf(id, 0, id.length))
  }

  /** The same for an id inside a datagram. */
  lookUp(datagram: Uint8Array, start: number, length: number): Connection | undefined {
    return this.byId.get(keyOf(datagram, start, length))
  }

  add(id: Uint8Array, connection: Connection): void {
    this.byId.set(keyOf(id, 0, id.length), connection)
  }

  remove(id: Uint8Array): void {
    this.byId.delete(keyOf(id, 0, id.length))
  }

  get size(): number {
    return this.byId.size
  }
}

/** One character a byte. */
function keyOf(bytes: Uint8Array, start: number, length: number): string {
  if (length === 8) {
    return String.fromCharCode(
      bytes[start]!,
      bytes[start + 1]!,
      bytes[start + 2]!,
      bytes[start + 3]!,
      bytes[start + 4]!,
      bytes[start + 5]!,
      bytes[start + 6]!,
      bytes[start + 7]!,
    )
  }
  let key = ''
  for (let i = 0; i < length; i++) key += String.fromCharCode(bytes[start + i]!)
  return key
}
