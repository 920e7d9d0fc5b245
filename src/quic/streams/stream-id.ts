import type { StreamKind } from '../transport.ts'

/** RFC 9000 §2.1: the two low bits of a stream id say who opened it and whether it is unidirectional. */
export function isClientInitiated(id: number): boolean {
  return id % 2 === 0
}

export function isUnidirectional(id: number): boolean {
  return id % 4 >= 2
}

export function kindOf(id: number): StreamKind {
  return isUnidirectional(id) ? 'uni' : 'bidi'
}

/** How many streams of its type have a lower id. */
export function ordinalOf(id: number): number {
  return Math.floor(id / 4)
}

export function streamId(ordinal: number, kind: StreamKind, clientInitiated: boolean): number {
  return ordinal * 4 + (kind === 'uni' ? 2 : 0) + (clientInitiated ? 0 : 1)
}
