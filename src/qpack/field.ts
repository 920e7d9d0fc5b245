/**
 * One field line. Names and values are byte strings held as latin1 (one UTF-16 unit a byte), as Node
 * does; names are lower case in HTTP/3, but QPACK does not look at that.
 */
export interface Field {
  readonly name: string
  readonly value: string
  /** Never goes into a dynamic table, here or at a later hop (RFC 9204 §7.1.3, the N bit). */
  readonly sensitive?: boolean
}
