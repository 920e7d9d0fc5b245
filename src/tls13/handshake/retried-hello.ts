import { equalBytes } from '../../bytes/index.ts'
import { illegalParameter } from '../alert.ts'
import type { ClientHello } from '../messages/client-hello.ts'
import { ExtensionType } from '../messages/extension-block.ts'

/** What RFC 9846 §4.2.2 lets a client change, add or leave out after a HelloRetryRequest of ours. */
const CHANGEABLE: readonly number[] = [
  ExtensionType.keyShare,
  ExtensionType.earlyData,
  ExtensionType.preSharedKey,
  ExtensionType.padding,
]

/** Checks that the second ClientHello is the first with the one share that was asked for. */
export function checkRetriedHello(first: ClientHello, second: ClientHello, group: number): void {
  const same =
    equalBytes(first.random, second.random) &&
    equalBytes(first.legacySessionId, second.legacySessionId) &&
    equalBytes(first.compressionMethods, second.compressionMethods) &&
    first.cipherSuites.length === second.cipherSuites.length &&
    first.cipherSuites.every((suite, index) => suite === second.cipherSuites[index])
  if (!same) throw illegalParameter('the second ClientHello is not like the first')
  for (const type of new Set([...first.extensions.keys(), ...second.extensions.keys()])) {
    if (CHANGEABLE.includes(type)) continue
    const before = first.extensions.get(type)
    const after = second.extensions.get(type)
    if (before === undefined || after === undefined || !equalBytes(before, after))
      throw illegalParameter(`the second ClientHello changes extension ${type}`)
  }
  if (second.extensions.has(ExtensionType.earlyData))
    throw illegalParameter('the second ClientHello has early_data')
  if (second.keyShares?.length !== 1 || second.keyShares[0]!.group !== group)
    throw illegalParameter('the second ClientHello has not just the share that was asked for')
}
