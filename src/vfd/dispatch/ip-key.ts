/**
 * A number for an IP address: an IPv4 address as a u32, an IPv6 address as a hash of its 16 bytes (no
 * port, no zone). An IPv4-mapped address counts as IPv4.
 */
export function ipKeyOf(address: string): number {
  const bare = address.split('%', 1)[0]!
  const dotted = bare.includes('.') ? bare.slice(bare.lastIndexOf(':') + 1) : undefined
  if (dotted !== undefined && (dotted === bare || isMapped(bare))) return ipv4Number(dotted)
  return hashGroups(groupsOf(bare))
}

function isMapped(address: string): boolean {
  return /^(0*:)*:?ffff:[\d.]+$/i.test(address)
}

function ipv4Number(address: string): number {
  let number = 0
  for (const part of address.split('.')) number = number * 256 + Number(part)
  return number
}

/** The eight groups of 16 bits; RFC 4291 §2.2. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const before = parseGroups(head)
  if (tail === undefined) return before
  const after = parseGroups(tail)
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0)
  return [...before, ...zeros, ...after]
}

function parseGroups(text: string): number[] {
  const groups: number[] = []
  for (const part of text.split(':')) {
    if (part.includes('.')) {
      const number = ipv4Number(part)
      groups.push(Math.floor(number / 65536), number % 65536)
    } else if (part !== '') groups.push(Number.parseInt(part, 16))
  }
  return groups
}

/** FNV-1a over the bytes, and a mix, for neighbours differ in their last bits only. */
function hashGroups(groups: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const group of groups) {
    hash = Math.imul(hash ^ (group >>> 8), 0x01000193)
    hash = Math.imul(hash ^ (group & 0xff), 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return hash >>> 0
}
