/** Packets with arbitrary frames under the right keys: what an authenticated but hostile peer can send. */
import { Writer } from '../../../src/bytes/index.ts'
import type { ConnectionState } from '../../../src/quic/connection/state.ts'
import type { Connection } from '../../../src/quic/index.ts'
import { deriveInitialSecrets, PacketKeys, TAG_LENGTH } from '../../../src/quic/protection/index.ts'
import type { Space } from '../../../src/quic/recovery/loss-recovery.ts'
import {
  PacketHeader,
  PacketType,
  parsePacketHeader,
  patchLength,
  VERSION_1,
  writeLongHeader,
  writeShortHeader,
} from '../../../src/quic/wire/index.ts'
import { INITIAL_SUITE, nodeCrypto } from '../../../src/tls13/index.ts'

const NO_TOKEN = new Uint8Array(0)

/** The parts of a connection, which are nobody's business but a test's. */
export function stateOf(connection: Connection): ConnectionState {
  return connection['state']
}
const NUMBER_LENGTH = 4

/** The frames that `write` writes, as bytes. */
export function frames(...writes: ((writer: Writer) => void)[]): Uint8Array {
  const writer = Writer.growable()
  for (const write of writes) write(writer)
  return writer.written().slice()
}

interface RawOptions {
  /** By default the next one of the connection whose keys are used. */
  readonly packetNumber?: number
  /** Bits to be set in the first byte, beneath its protection. */
  readonly firstByteBits?: number
  readonly keyPhase?: boolean
}

/** A 1-RTT datagram as `from` could send it to its peer. */
export function rawOneRtt(
  from: Connection,
  payload: Uint8Array,
  options: RawOptions = {},
): Uint8Array {
  const { handshake, remoteIds } = stateOf(from)
  const keys = handshake.oneRttKeys!
  const packetNumber = options.packetNumber ?? takeNumber(from, 2)
  const buffer = new Uint8Array(payload.length + 64)
  const writer = new Writer(buffer)
  writeShortHeader(
    writer,
    remoteIds.id,
    packetNumber,
    NUMBER_LENGTH,
    options.keyPhase ?? keys.writePhase,
  )
  buffer[0]! |= options.firstByteBits ?? 0
  const numberAt = writer.position - NUMBER_LENGTH
  writer.put(payload)
  const end = keys.seal(buffer, 0, numberAt, NUMBER_LENGTH, writer.position, packetNumber)
  return buffer.slice(0, end)
}

function takeNumber(from: Connection, space: Space): number {
  const sent = stateOf(from).recovery.sent(space)
  const packet = sent.begin()
  sent.commit(packet)
  return packet.packetNumber
}

/** A Handshake datagram as `from` could send it, while it has the keys. */
export function rawHandshake(from: Connection, payload: Uint8Array): Uint8Array {
  const { handshake, localIds, remoteIds } = stateOf(from)
  const keys = handshake.handshakeKeys.write!
  return seal(
    keys,
    PacketType.handshake,
    remoteIds.id,
    localIds.first,
    takeNumber(from, 1),
    payload,
  )
}

export interface InitialIds {
  /** From which the keys are derived: what the client sent its first Initial to. */
  readonly original: Uint8Array
  readonly destination: Uint8Array
  readonly source: Uint8Array
}

/** An Initial as anybody can make it who has seen the client's first. */
export function rawInitial(
  from: 'client' | 'server',
  ids: InitialIds,
  packetNumber: number,
  payload: Uint8Array,
  size = 1200,
  token: Uint8Array = NO_TOKEN,
): Uint8Array {
  const secrets = deriveInitialSecrets(nodeCrypto, VERSION_1, ids.original)
  const keys = new PacketKeys(nodeCrypto, INITIAL_SUITE, secrets[from], VERSION_1)
  const header = 1 + 4 + 1 + ids.destination.length + 1 + ids.source.length + 1 + token.length + 2
  const padded = new Uint8Array(
    Math.max(payload.length, size - header - NUMBER_LENGTH - TAG_LENGTH),
  )
  padded.set(payload)
  return seal(keys, PacketType.initial, ids.destination, ids.source, packetNumber, padded, token)
}

function seal(
  keys: PacketKeys,
  type: PacketType,
  destination: Uint8Array,
  source: Uint8Array,
  packetNumber: number,
  payload: Uint8Array,
  token: Uint8Array = NO_TOKEN,
): Uint8Array {
  const buffer = new Uint8Array(payload.length + token.length + 128)
  const writer = new Writer(buffer)
  const lengthAt = writeLongHeader(
    writer,
    type,
    VERSION_1,
    destination,
    source,
    token,
    packetNumber,
    NUMBER_LENGTH,
  )
  const numberAt = writer.position - NUMBER_LENGTH
  writer.put(payload)
  patchLength(buffer, lengthAt, writer.position + TAG_LENGTH - numberAt)
  const end = keys.seal(buffer, 0, numberAt, NUMBER_LENGTH, writer.position, packetNumber)
  return buffer.slice(0, end)
}

/** What an Initial holds, as anybody can read it who has seen the client's first. */
export function openInitial(
  from: 'client' | 'server',
  original: Uint8Array,
  datagram: Uint8Array,
): Uint8Array {
  const secrets = deriveInitialSecrets(nodeCrypto, VERSION_1, original)
  const keys = new PacketKeys(nodeCrypto, INITIAL_SUITE, secrets[from], VERSION_1)
  const copy = datagram.slice()
  const header = headerOf(copy)
  if (!keys.unprotectHeader(copy, header)) throw new Error('too short')
  const payload = keys.open(copy, header)
  if (payload === undefined) throw new Error('not authentic')
  return payload
}

/** The header of a datagram's first packet. */
export function headerOf(datagram: Uint8Array, shortIdLength = 8): PacketHeader {
  const header = new PacketHeader()
  if (!parsePacketHeader(datagram, 0, shortIdLength, header)) throw new Error('not a packet')
  return header
}

/** The types of the packets that a datagram coalesces. */
export function packetTypes(datagram: Uint8Array): PacketType[] {
  const types: PacketType[] = []
  const header = new PacketHeader()
  for (let at = 0; at < datagram.length; at = header.end) {
    if (!parsePacketHeader(datagram, at, 8, header)) break
    types.push(header.type)
  }
  return types
}
