import type { Connection } from '../connection/connection.ts'

/** All our connection ids are that long, so that short headers can be read. */
export const CONNECTION_ID_LENGTH = 8

/**
 * Which connection a datagram belongs to, by its destination connection id. A `Map` over strings: V8
 * seeds its string hashes, so that a client who chooses ids can't choose collisions.
 */
export class Router {
  private readonly byId = new Map<string, Connection>()

  get(id: Uint8Array): Connection | undefined {
    return this.byId.get(idKey(id, 0, id.length))
  }

  /** The same for an id inside a datagram. */
  lookUp(datagram: Uint8Array, start: number, length: number): Connection | undefined {
    return this.byId.get(idKey(datagram, start, length))
  }

  add(id: Uint8Array, connection: Connection): void {
    this.byId.set(idKey(id, 0, id.length), connection)
  }

  remove(id: Uint8Array): void {
    this.byId.delete(idKey(id, 0, id.length))
  }

  get size(): number {
    return this.byId.size
  }
}

/** A connection id as a key of a `Map`: one character a byte. */
export function idKey(bytes: Uint8Array, start: number, length: number): string {
  if (length === CONNECTION_ID_LENGTH) {
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
