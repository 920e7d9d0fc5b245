import { type Reader, Writer } from '../../bytes/index.ts'
import { decodeError, illegalParameter } from '../alert.ts'
import { decodeAll, decodeList } from './decode.ts'

/** The values of the single extensions: what stands between the length of one and the next type. */

export interface KeyShareEntry {
  readonly group: number
  readonly publicKey: Uint8Array
}

function value(write: (writer: Writer) => void): Uint8Array {
  const writer = Writer.growable(64)
  write(writer)
  return writer.written()
}

const readU16 = (reader: Reader): number => reader.u16()

/** supported_groups, signature_algorithms and signature_algorithms_cert are all of this shape. */
export function encodeU16List(items: readonly number[]): Uint8Array {
  return value((writer) =>
    writer.vector(2, (list) => {
      for (const item of items) list.u16(item)
    }),
  )
}

export function decodeU16List(bytes: Uint8Array, name: string): readonly number[] {
  return decodeAll(bytes, name, (reader) => decodeList(reader.vector16(), name, 1, readU16))
}

/** One character a byte, so that every protocol name has a string and the other way round. */
function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** server_name (RFC 6066 §3) with one host name. */
export function encodeServerName(name: string): Uint8Array {
  return value((writer) =>
    writer.vector(2, (list) => {
      list.u8(0)
      list.vector(2, (host) => host.put(fromLatin1(name)))
    }),
  )
}

/** The host name; undefined if the list has only names of other types. */
export function decodeServerName(bytes: Uint8Array): string | undefined {
  let hostName: string | undefined
  decodeAll(bytes, 'server_name', (reader) =>
    decodeList(reader.vector16(), 'server_name', 1, (list) => {
      const type = list.u8()
      const name = list.vector16()
      if (type !== 0) return
      if (hostName !== undefined) throw illegalParameter('server_name has two host names')
      if (name.length === 0) throw decodeError('server_name has an empty host name')
      if (!name.every((byte) => byte > 0x20 && byte < 0x7f))
        throw illegalParameter('server_name is not a host name in ASCII')
      hostName = latin1(name)
    }),
  )
  return hostName
}

/** application_layer_protocol_negotiation (RFC 7301 §3.1). */
export function encodeAlpn(protocols: readonly string[]): Uint8Array {
  return value((writer) =>
    writer.vector(2, (list) => {
      for (const protocol of protocols) list.vector(1, (name) => name.put(fromLatin1(protocol)))
    }),
  )
}

export function decodeAlpn(bytes: Uint8Array): readonly string[] {
  return decodeAll(bytes, 'ALPN', (reader) =>
    decodeList(reader.vector16(), 'ALPN', 1, (list) => {
      const name = list.vector8()
      if (name.length === 0) throw decodeError('ALPN has an empty protocol name')
      return latin1(name)
    }),
  )
}

/** supported_versions as a client writes it (RFC 9846 §4.3.1); a server's is one bare u16. */
export function encodeSupportedVersions(versions: readonly number[]): Uint8Array {
  return value((writer) =>
    writer.vector(1, (list) => {
      for (const version of versions) list.u16(version)
    }),
  )
}

export function decodeSupportedVersions(bytes: Uint8Array): readonly number[] {
  return decodeAll(bytes, 'supported_versions', (reader) =>
    decodeList(reader.vector8(), 'supported_versions', 1, readU16),
  )
}

/** A bare u16: a server's supported_versions, and the key_share of a HelloRetryRequest. */
export function encodeU16(item: number): Uint8Array {
  return value((writer) => writer.u16(item))
}

export function decodeU16(bytes: Uint8Array, name: string): number {
  return decodeAll(bytes, name, readU16)
}

function writeKeyShareEntry(writer: Writer, entry: KeyShareEntry): void {
  writer.u16(entry.group)
  writer.vector(2, (key) => key.put(entry.publicKey))
}

function readKeyShareEntry(reader: Reader): KeyShareEntry {
  const group = reader.u16()
  const publicKey = reader.vector16()
  if (publicKey.length === 0) throw decodeError('key_share has an empty key')
  return { group, publicKey }
}

/** key_share in a ClientHello (RFC 9846 §4.3.8): it may be empty, which asks for a retry. */
export function encodeKeyShares(entries: readonly KeyShareEntry[]): Uint8Array {
  return value((writer) =>
    writer.vector(2, (list) => {
      for (const entry of entries) writeKeyShareEntry(list, entry)
    }),
  )
}

export function decodeKeyShares(bytes: Uint8Array): readonly KeyShareEntry[] {
  return decodeAll(bytes, 'key_share', (reader) =>
    decodeList(reader.vector16(), 'key_share', 0, readKeyShareEntry),
  )
}

/** key_share in a ServerHello. */
export function encodeKeyShare(entry: KeyShareEntry): Uint8Array {
  return value((writer) => writeKeyShareEntry(writer, entry))
}

export function decodeKeyShare(bytes: Uint8Array): KeyShareEntry {
  return decodeAll(bytes, 'key_share', readKeyShareEntry)
}

/** Checks a cookie (RFC 9846 §4.3.2); the client sends the value back as it came. */
export function checkCookie(bytes: Uint8Array): void {
  const cookie = decodeAll(bytes, 'cookie', (reader) => reader.vector16())
  if (cookie.length === 0) throw decodeError('the cookie is empty')
}

/** Checks psk_key_exchange_modes (RFC 9846 §4.3.9). */
export function checkPskKeyExchangeModes(bytes: Uint8Array): void {
  const modes = decodeAll(bytes, 'psk_key_exchange_modes', (reader) => reader.vector8())
  if (modes.length === 0) throw decodeError('psk_key_exchange_modes is empty')
}
