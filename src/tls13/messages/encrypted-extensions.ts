import { decodeAll } from './decode.ts'
import {
  type Extensions,
  ExtensionType,
  readExtensions,
  writeExtensions,
} from './extension-block.ts'
import { encodeAlpn } from './extension-values.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** What EncryptedExtensions (RFC 9846 §4.4.1) may hold of the extensions that we know. */
export const ENCRYPTED_EXTENSIONS: readonly number[] = [
  ExtensionType.serverName,
  ExtensionType.supportedGroups,
  ExtensionType.alpn,
  ExtensionType.earlyData,
  ExtensionType.quicTransportParameters,
]

export function encodeEncryptedExtensions(
  alpn: string,
  transportParameters: Uint8Array,
  acknowledgeServerName: boolean,
): Uint8Array {
  const extensions = new Map<number, Uint8Array>()
  // RFC 6066 §3: empty, to say that the name was used.
  if (acknowledgeServerName) extensions.set(ExtensionType.serverName, new Uint8Array(0))
  extensions.set(ExtensionType.alpn, encodeAlpn([alpn]))
  extensions.set(ExtensionType.quicTransportParameters, transportParameters)
  return encodeMessage(HandshakeType.encryptedExtensions, (writer) =>
    writeExtensions(writer, extensions),
  )
}

export function decodeEncryptedExtensions(body: Uint8Array): Extensions {
  return decodeAll(body, 'EncryptedExtensions', readExtensions)
}
