import type { Reader } from '../../bytes/index.ts'
import { decodeError, illegalParameter, missingExtension } from '../alert.ts'
import { decodeAll, decodeList } from './decode.ts'
import {
  type Extensions,
  ExtensionType,
  readExtensions,
  writeExtensions,
} from './extension-block.ts'
import {
  checkCookie,
  checkPskKeyExchangeModes,
  decodeAlpn,
  decodeKeyShares,
  decodeServerName,
  decodeSupportedVersions,
  decodeU16List,
  encodeAlpn,
  encodeKeyShares,
  encodeServerName,
  encodeSupportedVersions,
  encodeU16List,
  type KeyShareEntry,
} from './extension-values.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

export const LEGACY_VERSION = 0x0303
export const TLS13 = 0x0304
export const RANDOM_LENGTH = 32

/** What a client of ours says (RFC 9846 §4.2.2). */
export interface ClientHelloFields {
  readonly random: Uint8Array
  readonly cipherSuites: readonly number[]
  readonly serverName: string | undefined
  readonly groups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly alpn: readonly string[]
  readonly keyShares: readonly KeyShareEntry[]
  /** The value of the cookie extension of a HelloRetryRequest. */
  readonly cookie: Uint8Array | undefined
  readonly transportParameters: Uint8Array
}

/** What a server of ours reads; a field of an extension is undefined if that is absent. */
export interface ClientHello {
  readonly random: Uint8Array
  readonly legacySessionId: Uint8Array
  readonly cipherSuites: readonly number[]
  readonly compressionMethods: Uint8Array
  /** All of them, known or not. */
  readonly extensions: Extensions
  readonly serverName: string | undefined
  readonly supportedVersions: readonly number[] | undefined
  readonly groups: readonly number[] | undefined
  readonly signatureAlgorithms: readonly number[] | undefined
  readonly alpn: readonly string[] | undefined
  readonly keyShares: readonly KeyShareEntry[] | undefined
  readonly transportParameters: Uint8Array | undefined
}

export function encodeClientHello(fields: ClientHelloFields): Uint8Array {
  const extensions = new Map<number, Uint8Array>()
  if (fields.serverName !== undefined)
    extensions.set(ExtensionType.serverName, encodeServerName(fields.serverName))
  extensions.set(ExtensionType.supportedGroups, encodeU16List(fields.groups))
  extensions.set(ExtensionType.signatureAlgorithms, encodeU16List(fields.signatureAlgorithms))
  extensions.set(ExtensionType.alpn, encodeAlpn(fields.alpn))
  extensions.set(ExtensionType.supportedVersions, encodeSupportedVersions([TLS13]))
  if (fields.cookie !== undefined) extensions.set(ExtensionType.cookie, fields.cookie)
  extensions.set(ExtensionType.keyShare, encodeKeyShares(fields.keyShares))
  extensions.set(ExtensionType.quicTransportParameters, fields.transportParameters)
  return encodeMessage(HandshakeType.clientHello, (writer) => {
    writer.u16(LEGACY_VERSION)
    writer.put(fields.random)
    writer.u8(0) // RFC 9001 §8.4: no session id, for QUIC has no middleboxes to please
    writer.vector(2, (list) => {
      for (const suite of fields.cipherSuites) list.u16(suite)
    })
    writer.vector(1, (methods) => methods.u8(0))
    writeExtensions(writer, extensions)
  })
}

export function decodeClientHello(body: Uint8Array): ClientHello {
  return decodeAll(body, 'ClientHello', readClientHello)
}

function readClientHello(reader: Reader): ClientHello {
  reader.u16() // RFC 9846 §4.3.1: legacy_version says nothing beside supported_versions
  const random = reader.view(RANDOM_LENGTH)
  const legacySessionId = reader.vector8()
  if (legacySessionId.length > 32) throw decodeError('the session id is longer than 32 bytes')
  const cipherSuites = decodeList(reader.vector16(), 'cipher_suites', 1, (list) => list.u16())
  const compressionMethods = reader.vector8()
  if (compressionMethods.length === 0) throw decodeError('no compression method')
  // Before TLS 1.3 a ClientHello could end here.
  const extensions: Extensions = reader.remaining === 0 ? new Map() : readExtensions(reader)
  checkOthers(extensions)
  const get = <T>(type: number, decode: (value: Uint8Array) => T): T | undefined => {
    const value = extensions.get(type)
    return value === undefined ? undefined : decode(value)
  }
  return {
    random,
    legacySessionId,
    cipherSuites,
    compressionMethods,
    extensions,
    serverName: get(ExtensionType.serverName, decodeServerName),
    supportedVersions: get(ExtensionType.supportedVersions, decodeSupportedVersions),
    groups: get(ExtensionType.supportedGroups, (value) => decodeU16List(value, 'supported_groups')),
    signatureAlgorithms: get(ExtensionType.signatureAlgorithms, (value) =>
      decodeU16List(value, 'signature_algorithms'),
    ),
    alpn: get(ExtensionType.alpn, decodeAlpn),
    keyShares: get(ExtensionType.keyShare, decodeKeyShares),
    transportParameters: extensions.get(ExtensionType.quicTransportParameters),
  }
}

/** The extensions that a server of ours has no use for must still be right. */
function checkOthers(extensions: Extensions): void {
  const certificateSchemes = extensions.get(ExtensionType.signatureAlgorithmsCert)
  if (certificateSchemes !== undefined)
    decodeU16List(certificateSchemes, 'signature_algorithms_cert')
  const cookie = extensions.get(ExtensionType.cookie)
  if (cookie !== undefined) checkCookie(cookie)
  const modes = extensions.get(ExtensionType.pskKeyExchangeModes)
  if (modes !== undefined) checkPskKeyExchangeModes(modes)
  if (!extensions.has(ExtensionType.preSharedKey)) return
  // RFC 9846 §4.3.11: the last one; §4.3.9: never without its modes.
  if ([...extensions.keys()].at(-1) !== ExtensionType.preSharedKey)
    throw illegalParameter('pre_shared_key is not the last extension')
  if (modes === undefined) throw missingExtension('psk_key_exchange_modes')
}
