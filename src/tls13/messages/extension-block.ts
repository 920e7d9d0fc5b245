import type { Reader, Writer } from '../../bytes/index.ts'
import { Alert, illegalParameter } from '../alert.ts'
import { TlsAlertError } from '../session.ts'
import { decodeAll } from './decode.ts'

/** ExtensionType (RFC 9846 §4.3, RFC 9001 §8.2): the ones that we know the place of. */
export const ExtensionType = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  padding: 21,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  quicTransportParameters: 0x39,
} as const

const KNOWN: ReadonlySet<number> = new Set(Object.values(ExtensionType))

/** Type to value, in the order of the wire. */
export type Extensions = ReadonlyMap<number, Uint8Array>

/** Reads `Extension extensions<0..2^16-1>`. RFC 9846 §4.3: no type twice. */
export function readExtensions(reader: Reader): Extensions {
  const extensions = new Map<number, Uint8Array>()
  decodeAll(reader.vector16(), 'the extension block', (block) => {
    while (block.remaining > 0) {
      const type = block.u16()
      if (extensions.has(type)) throw illegalParameter(`extension ${type} comes twice`)
      extensions.set(type, block.vector16())
    }
  })
  return extensions
}

export function writeExtensions(writer: Writer, extensions: Extensions): void {
  writer.vector(2, (block) => {
    for (const [type, value] of extensions) {
      block.u16(type)
      block.vector(2, (body) => body.put(value))
    }
  })
}

/**
 * Checks the extensions of a message that answers us (RFC 9846 §4.3): one that we know but that has
 * no place there is illegal_parameter, any other that we have not asked for unsupported_extension.
 */
export function checkAnswer(
  message: string,
  extensions: Extensions,
  allowed: readonly number[],
  offered: (type: number) => boolean,
): void {
  for (const type of extensions.keys()) {
    if (KNOWN.has(type) && !allowed.includes(type))
      throw illegalParameter(`extension ${type} has no place in ${message}`)
    if (!offered(type))
      throw new TlsAlertError(
        Alert.unsupportedExtension,
        `extension ${type} in ${message} was not asked for`,
      )
  }
}

/**
 * The same for a message that asks us something (CertificateRequest, NewSessionTicket): there what we
 * do not know is passed over.
 */
export function checkRequest(
  message: string,
  extensions: Extensions,
  allowed: readonly number[],
): void {
  checkAnswer(message, extensions, allowed, () => true)
}
