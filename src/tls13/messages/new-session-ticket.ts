import { decodeError, illegalParameter } from '../alert.ts'
import { decodeAll } from './decode.ts'
import { checkRequest, ExtensionType, readExtensions } from './extension-block.ts'

/**
 * Checks a NewSessionTicket (RFC 9846 §4.7.1). Nothing of it is kept: there is no resumption yet.
 */
export function checkNewSessionTicket(body: Uint8Array): void {
  decodeAll(body, 'NewSessionTicket', (reader) => {
    reader.u32() // ticket_lifetime
    reader.u32() // ticket_age_add
    reader.vector8() // ticket_nonce
    if (reader.vector16().length === 0) throw decodeError('the ticket is empty')
    const extensions = readExtensions(reader)
    checkRequest('NewSessionTicket', extensions, [ExtensionType.earlyData])
    const earlyData = extensions.get(ExtensionType.earlyData)
    // RFC 9001 §4.6.1: QUIC bounds 0-RTT by transport parameters, so only this value is allowed.
    if (earlyData !== undefined) {
      const size = decodeAll(earlyData, 'early_data', (value) => value.u32())
      if (size !== 0xffffffff) throw illegalParameter('early_data of a ticket is not 0xffffffff')
    }
  })
}
