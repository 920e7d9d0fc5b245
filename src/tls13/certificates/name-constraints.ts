import { context, contextConstructed, DerError, DerReader, Tag } from '../der.ts'
import { dnsNameText, relativeNames } from './distinguished-name.ts'

/** An address and its mask, of four or sixteen bytes each. */
export interface IpRange {
  readonly address: Uint8Array
  readonly mask: Uint8Array
}

/** The subtrees of one half of NameConstraints, by the kind of name. */
export interface NameSubtrees {
  /** Lower case: `example.com` is it and all below it, `.example.com` only what is below it. */
  readonly dnsNames: readonly string[]
  readonly ipRanges: readonly IpRange[]
  /** The RelativeDistinguishedNames of each. */
  readonly directoryNames: readonly (readonly Uint8Array[])[]
  /** Context tag numbers of the kinds that are not understood here. */
  readonly otherKinds: ReadonlySet<number>
}

/** RFC 5280 §4.2.1.10. */
export interface NameConstraints {
  readonly permitted: NameSubtrees
  readonly excluded: NameSubtrees
}

/** Throws {@link DerError}. */
export function readNameConstraints(fields: DerReader): NameConstraints {
  const permitted = fields.readOptional(contextConstructed(0))
  const excluded = fields.readOptional(contextConstructed(1))
  fields.finish()
  if (permitted === undefined && excluded === undefined)
    throw new DerError('nameConstraints is empty')
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) }
}

function readSubtrees(content: Uint8Array | undefined): NameSubtrees {
  const dnsNames: string[] = []
  const ipRanges: IpRange[] = []
  const directoryNames: Uint8Array[][] = []
  const otherKinds = new Set<number>()
  if (content !== undefined) {
    const list = new DerReader(content)
    if (list.atEnd) throw new DerError('a list of subtrees is empty')
    while (!list.atEnd) {
      const subtree = list.enter(Tag.sequence)
      const tag = subtree.nextTag
      const base = subtree.read(tag)
      // `minimum` is 0, thus absent in DER, and `maximum` is absent: RFC 5280 §4.2.1.10.
      subtree.finish()
      if (tag === context(2))
        dnsNames.push(base.length === 0 ? '' : dnsNameText(base).toLowerCase())
      else if (tag === context(7)) ipRanges.push(readIpRange(base))
      else if (tag === contextConstructed(4)) directoryNames.push(relativeNames(base))
      else otherKinds.add(tag & 0x1f)
    }
  }
  return { dnsNames, ipRanges, directoryNames, otherKinds }
}

function readIpRange(base: Uint8Array): IpRange {
  if (base.length !== 8 && base.length !== 32)
    throw new DerError('an iPAddress subtree has neither 8 nor 32 bytes')
  const half = base.length / 2
  return { address: base.subarray(0, half), mask: base.subarray(half) }
}
