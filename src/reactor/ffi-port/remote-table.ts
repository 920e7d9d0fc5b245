import type { SocketAddress } from '../../quic/index.ts'
import { REMOTE_TABLE_SIZE } from '../limits.ts'
import { AF_INET } from './linux.ts'
import { SOCKADDR_WORDS } from './message-layout.ts'
import { decodeSockaddr } from './sockaddr.ts'

/** Family, port and address; the rest of a `struct sockaddr_in` is nothing. */
const IPV4_WORDS = 2

/**
 * Remembers what addresses of the kernel are in text: each has one place in a table of fixed size,
 * which the last one holds.
 */
export class RemoteTable {
  private readonly keys = new Uint32Array(REMOTE_TABLE_SIZE * SOCKADDR_WORDS)
  private readonly remotes: (SocketAddress | undefined)[] = new Array<undefined>(
    REMOTE_TABLE_SIZE,
  ).fill(undefined)

  /** @param at where in `words` a sockaddr begins */
  find(words: Uint32Array, at: number): SocketAddress {
    const length = (words[at]! & 0xffff) === AF_INET ? IPV4_WORDS : SOCKADDR_WORDS
    let hash = 0
    for (let i = 0; i < length; i++) {
      hash ^= words[at + i]!
      hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1)
    }
    const place = (hash ^ (hash >>> 16)) & (REMOTE_TABLE_SIZE - 1)
    const known = this.remotes[place]
    if (known !== undefined && this.holds(place, words, at, length)) return known
    const remote = decodeSockaddr(new Uint8Array(words.buffer, at * 4, SOCKADDR_WORDS * 4))
    this.keys.set(words.subarray(at, at + SOCKADDR_WORDS), place * SOCKADDR_WORDS)
    this.remotes[place] = remote
    return remote
  }

  private holds(place: number, words: Uint32Array, at: number, length: number): boolean {
    const { keys } = this
    const start = place * SOCKADDR_WORDS
    for (let i = 0; i < length; i++) if (keys[start + i] !== words[at + i]) return false
    return true
  }
}
