import type { GroupName } from './crypto/provider.ts'

/** NamedGroup code points (RFC 9846 §4.3.7) of the groups that we exchange keys in, best first. */
const CODE_POINTS: ReadonlyMap<GroupName, number> = new Map([
  ['x25519', 0x001d],
  ['secp256r1', 0x0017],
  ['secp384r1', 0x0018],
])

export const GROUPS: readonly GroupName[] = [...CODE_POINTS.keys()]

export function groupCodePoint(name: GroupName): number {
  return CODE_POINTS.get(name)!
}

/** Throws `TypeError` for a name that is not supported, and for an empty list. */
export function groupsByName(names: readonly string[]): readonly GroupName[] {
  if (names.length === 0) throw new TypeError('at least one group is needed')
  return names.map((name) => {
    const group = GROUPS.find((candidate) => candidate === name)
    if (group === undefined)
      throw new TypeError(`group ${name} is not supported: ${GROUPS.join(', ')} are`)
    return group
  })
}
