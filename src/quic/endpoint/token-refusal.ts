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
const REASON = new TextEncoder().encode('the Retry token is not valid')
const PACKET_NUMBER_LENGTH = 1
/** First byte, version, two ids with their lengths, no token, length, packet number, frame, tag. */
const MAX_LENGTH =
  1 +
  4 +
  2 * (1 + MAX_CONNECTION_ID_LENGTH) +
  1 +
  2 +
  PACKET_NUMBER_LENGTH +
  5 +
  REASON.length +
  TAG_LENGTH

/**
 * Answers an Initial whose Retry token is invalid: its client takes no second Retry, and would wait
 * until its handshake times out (RFC 9000 §8.1.2). Undefined when the Initial is not authentic.
 *
 * @param datagram of the Initial; its header protection is removed in place
 */
export function refuseToken(
  crypto: CryptoProvider,
  datagram: Uint8Array,
  header: PacketHeader,
): Uint8Array | undefined {
  const { version, sourceConnectionId, destinationConnectionId } = header
  const secrets = deriveInitialSecrets(crypto, version, destinationConnectionId)
  const clientKeys = new PacketKeys(crypto, INITIAL_SUITE, secrets.client, version)
  if (!clientKeys.unprotectHeader(datagram, header)) return undefined
  header.packetNumber = decodePacketNumber(-1, header.packetNumber, header.packetNumberLength)
  if (clientKeys.open(datagram, header) === undefined) return undefined

  const serverKeys = new PacketKeys(crypto, INITIAL_SUITE, secrets.server, version)
  const out = new Uint8Array(MAX_LENGTH)
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
  writeConnectionClose(writer, false, TransportErrorCode.invalidToken, 0, REASON)
  patchLength(out, lengthAt, writer.position + TAG_LENGTH - numberAt)
  const end = serverKeys.seal(out, 0, numberAt, PACKET_NUMBER_LENGTH, writer.position, 0)
  return out.subarray(0, end)
}
