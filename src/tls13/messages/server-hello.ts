import { equalBytes, fromHex } from '../../bytes/index.ts'
import { decodeError } from '../alert.ts'
import { LEGACY_VERSION, RANDOM_LENGTH, TLS13 } from './client-hello.ts'
import { decodeAll } from './decode.ts'
import {
  type Extensions,
  ExtensionType,
  readExtensions,
  writeExtensions,
} from './extension-block.ts'
import { encodeKeyShare, encodeU16, type KeyShareEntry } from './extension-values.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** A ServerHello or a HelloRetryRequest, which differ in their random (RFC 9846 §4.2.3). */
export interface ServerHello {
  readonly isRetry: boolean
  readonly random: Uint8Array
  readonly legacyVersion: number
  readonly legacySessionId: Uint8Array
  readonly cipherSuite: number
  readonly compressionMethod: number
  readonly extensions: Extensions
}

/** SHA-256 of "HelloRetryRequest". */
const RETRY_RANDOM = fromHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')

/** "DOWNGRD", at the end of the random of a server that knows TLS 1.3 but settles for less. */
const DOWNGRADE = fromHex('444f574e475244')

/** Whether a server that could speak TLS 1.3 was made to choose an older version. */
export function isDowngraded(random: Uint8Array): boolean {
  return equalBytes(random.subarray(RANDOM_LENGTH - 8, RANDOM_LENGTH - 1), DOWNGRADE)
}

export function encodeServerHello(
  random: Uint8Array,
  cipherSuite: number,
  keyShare: KeyShareEntry,
): Uint8Array {
  return encode(random, cipherSuite, encodeKeyShare(keyShare))
}

export function encodeHelloRetryRequest(cipherSuite: number, group: number): Uint8Array {
  return encode(RETRY_RANDOM, cipherSuite, encodeU16(group))
}

function encode(random: Uint8Array, cipherSuite: number, keyShare: Uint8Array): Uint8Array {
  return encodeMessage(HandshakeType.serverHello, (writer) => {
    writer.u16(LEGACY_VERSION)
    writer.put(random)
    writer.u8(0)
    writer.u16(cipherSuite)
    writer.u8(0)
    writeExtensions(
      writer,
      new Map([
        [ExtensionType.supportedVersions, encodeU16(TLS13)],
        [ExtensionType.keyShare, keyShare],
      ]),
    )
  })
}

export function decodeServerHello(body: Uint8Array): ServerHello {
  return decodeAll(body, 'ServerHello', (reader) => {
    const legacyVersion = reader.u16()
    const random = reader.view(RANDOM_LENGTH)
    const legacySessionId = reader.vector8()
    if (legacySessionId.length > 32) throw decodeError('the session id is longer than 32 bytes')
    return {
      isRetry: equalBytes(random, RETRY_RANDOM),
      random,
      legacyVersion,
      legacySessionId,
      cipherSuite: reader.u16(),
      compressionMethod: reader.u8(),
      // A ServerHello of TLS 1.2 may end here.
      extensions: reader.remaining === 0 ? new Map() : readExtensions(reader),
    }
  })
}
