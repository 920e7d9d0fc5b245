import { Writer } from '../../bytes/index.ts'
import { type CryptoProvider, INITIAL_SUITE } from '../../tls13/index.ts'
import { TransportErrorCode } from '../errors.ts'
import { deriveInitialSecrets, PacketKeys, TAG_LENGTH } from '../protection/index.ts'
import {
  decodePacketNumber,
  MAX_CONNECTION_ID_LENGTH,
  type PacketHeader,
  PacketType,
  patchLength,
  writeConnectionClose,
  writeLongHeader,
} from '../wire/index.ts'

const NO_TOKEN = new Uint8Array(0)
const PACKET_NUMBER_LENGTH = 1

/** Why a client is refused: what its CONNECTION_CLOSE says. */
export interface Refusal {
  readonly errorCode: number
  readonly reason: Uint8Array
}

const encoder = new TextEncoder()

/** The client takes no second Retry (RFC 9000 §8.1.2). */
export const INVALID_TOKEN: Refusal = {
  errorCode: TransportErrorCode.invalidToken,
  reason: encoder.encode('the Retry token is not valid'),
}

/** RFC 9000 §5.2.2. */
export const CLOSING: Refusal = {
  errorCode: TransportErrorCode.connectionRefused,
  reason: encoder.encode('the server is closing'),
}

/**
 * First byte, version, two ids with their lengths, no token, length, packet number, frame without its
 * reason, tag.
 */
const MAX_LENGTH =
  1 + 4 + 2 * (1 + MAX_CONNECTION_ID_LENGTH) + 1 + 2 + PACKET_NUMBER_LENGTH + 5 + TAG_LENGTH

/**
 * Answers an Initial with a CONNECTION_CLOSE, without any state: its client would wait until its
 * handshake times out. Undefined when the Initial is not authentic.
 *
 * @param datagram of the Initial; its header protection is removed in place
 */
export function refuseInitial(
  crypto: CryptoProvider,
  datagram: Uint8Array,
  header: PacketHeader,
  { errorCode, reason }: Refusal,
): Uint8Array | undefined {
  const { version, sourceConnectionId, destinationConnectionId } = header
  const secrets = deriveInitialSecrets(crypto, version, destinationConnectionId)
  const clientKeys = new PacketKeys(crypto, INITIAL_SUITE, secrets.client, version)
  if (!clientKeys.unprotectHeader(datagram, header)) return undefined
  header.packetNumber = decodePacketNumber(-1, header.packetNumber, header.packetNumberLength)
  if (clientKeys.open(datagram, header) === undefined) return undefined

  const serverKeys = new PacketKeys(crypto, INITIAL_SUITE, secrets.server, version)
  const out = new Uint8Array(MAX_LENGTH + reason.length)
  const writer = new Writer(out)
  const lengthAt = writeLongHeader(
    writer,
    PacketType.initial,
    version,
    sourceConnectionId,
    destinationConnectionId,
    NO_TOKEN,
    0,
    PACKET_NUMBER_LENGTH,
  )
  const numberAt = writer.position - PACKET_NUMBER_LENGTH
  writeConnectionClose(writer, false, errorCode, 0, reason)
  patchLength(out, lengthAt, writer.position + TAG_LENGTH - numberAt)
  const end = serverKeys.seal(out, 0, numberAt, PACKET_NUMBER_LENGTH, writer.position, 0)
  return out.subarray(0, end)
}
