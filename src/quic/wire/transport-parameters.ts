import { Reader, Writer } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import {
  MAX_CONNECTION_ID_LENGTH,
  MAX_TRANSPORT_PARAMETERS,
  STATELESS_RESET_TOKEN_LENGTH,
} from './limits.ts'
import { readStreamCount } from './stream-count.ts'

/** RFC 9000 §18.2. A port of 0 says that the server has no address of that family. */
export interface PreferredAddress {
  /** 4 bytes. */
  readonly ipv4Address: Uint8Array
  readonly ipv4Port: number
  /** 16 bytes. */
  readonly ipv6Address: Uint8Array
  readonly ipv6Port: number
  /** 1 … 20 bytes. */
  readonly connectionId: Uint8Array
  readonly statelessResetToken: Uint8Array
}

/** RFC 9000 §18.2. Numbers above 2^53-1 come as 2^53-1. */
export interface TransportParameters {
  /** From a server only. */
  originalDestinationConnectionId?: Uint8Array
  /** Milliseconds; 0 (the default) for none. */
  maxIdleTimeout: number
  /** From a server only; 16 bytes. */
  statelessResetToken?: Uint8Array
  /** Bytes, 1200 or more; 65527 by default. */
  maxUdpPayloadSize: number
  /** Bytes; this and the next five are 0 by default. */
  initialMaxData: number
  initialMaxStreamDataBidiLocal: number
  initialMaxStreamDataBidiRemote: number
  initialMaxStreamDataUni: number
  initialMaxStreamsBidi: number
  initialMaxStreamsUni: number
  /** 0 … 20; 3 by default. */
  ackDelayExponent: number
  /** Milliseconds, below 2^14; 25 by default. */
  maxAckDelay: number
  disableActiveMigration: boolean
  /** From a server only. */
  preferredAddress?: PreferredAddress
  /** 2 or more; 2 by default. */
  activeConnectionIdLimit: number
  initialSourceConnectionId?: Uint8Array
  /** From a server only. */
  retrySourceConnectionId?: Uint8Array
}

const Id = {
  originalDestinationConnectionId: 0x00,
  maxIdleTimeout: 0x01,
  statelessResetToken: 0x02,
  maxUdpPayloadSize: 0x03,
  initialMaxData: 0x04,
  initialMaxStreamDataBidiLocal: 0x05,
  initialMaxStreamDataBidiRemote: 0x06,
  initialMaxStreamDataUni: 0x07,
  initialMaxStreamsBidi: 0x08,
  initialMaxStreamsUni: 0x09,
  ackDelayExponent: 0x0a,
  maxAckDelay: 0x0b,
  disableActiveMigration: 0x0c,
  preferredAddress: 0x0d,
  activeConnectionIdLimit: 0x0e,
  initialSourceConnectionId: 0x0f,
  retrySourceConnectionId: 0x10,
} as const

const DEFAULTS: TransportParameters = {
  maxIdleTimeout: 0,
  maxUdpPayloadSize: 65527,
  initialMaxData: 0,
  initialMaxStreamDataBidiLocal: 0,
  initialMaxStreamDataBidiRemote: 0,
  initialMaxStreamDataUni: 0,
  initialMaxStreamsBidi: 0,
  initialMaxStreamsUni: 0,
  ackDelayExponent: 3,
  maxAckDelay: 25,
  disableActiveMigration: false,
  activeConnectionIdLimit: 2,
}

/** The parameters that are one varint. */
const NUMBERS = [
  'maxIdleTimeout',
  'maxUdpPayloadSize',
  'initialMaxData',
  'initialMaxStreamDataBidiLocal',
  'initialMaxStreamDataBidiRemote',
  'initialMaxStreamDataUni',
  'initialMaxStreamsBidi',
  'initialMaxStreamsUni',
  'ackDelayExponent',
  'maxAckDelay',
  'activeConnectionIdLimit',
] as const satisfies readonly (keyof TransportParameters)[]

/**
 * The content of the quic_transport_parameters extension. What has its default value is left out.
 *
 * @param greaseRandomBytes 3 … 18 random bytes: a reserved parameter (RFC 9000 §18.1) is made of them
 */
export function encodeTransportParameters(
  parameters: TransportParameters,
  greaseRandomBytes?: Uint8Array,
): Uint8Array {
  const writer = Writer.growable()
  for (const name of NUMBERS)
    if (parameters[name] !== DEFAULTS[name])
      writeParameter(writer, Id[name], (body) => body.varint(parameters[name]))
  const bytes = (id: number, value: Uint8Array | undefined) => {
    if (value !== undefined) writeParameter(writer, id, (body) => body.put(value))
  }
  bytes(Id.originalDestinationConnectionId, parameters.originalDestinationConnectionId)
  bytes(Id.statelessResetToken, parameters.statelessResetToken)
  bytes(Id.initialSourceConnectionId, parameters.initialSourceConnectionId)
  bytes(Id.retrySourceConnectionId, parameters.retrySourceConnectionId)
  if (parameters.disableActiveMigration) writeParameter(writer, Id.disableActiveMigration, () => {})
  const { preferredAddress } = parameters
  if (preferredAddress !== undefined)
    writeParameter(writer, Id.preferredAddress, (body) => {
      body.put(preferredAddress.ipv4Address)
      body.u16(preferredAddress.ipv4Port)
      body.put(preferredAddress.ipv6Address)
      body.u16(preferredAddress.ipv6Port)
      body.u8(preferredAddress.connectionId.length)
      body.put(preferredAddress.connectionId)
      body.put(preferredAddress.statelessResetToken)
    })
  if (greaseRandomBytes !== undefined) {
    const n = (greaseRandomBytes[0]! << 8) | greaseRandomBytes[1]!
    bytes(31 * n + 27, greaseRandomBytes.subarray(2))
  }
  return writer.written()
}

function writeParameter(writer: Writer, id: number, body: (value: Writer) => void): void {
  const value = Writer.growable(64)
  body(value)
  writer.varint(id)
  writer.varint(value.position)
  writer.put(value.written())
}

/** RFC 9000 §7.4: everything wrong with transport parameters is a TRANSPORT_PARAMETER_ERROR. */
function parameterError(reason: string): TransportError {
  return new TransportError(TransportErrorCode.transportParameterError, reason)
}

class ParameterReader extends Reader {
  protected override truncated(message: string): never {
    throw parameterError(message)
  }
}

/**
 * Reads the peer's parameters and fills in the defaults. Byte strings are views. Unknown parameters
 * are passed over. Throws {@link TransportError} with TRANSPORT_PARAMETER_ERROR.
 */
export function decodeTransportParameters(
  bytes: Uint8Array,
  fromServer: boolean,
): TransportParameters {
  const parameters: TransportParameters = { ...DEFAULTS }
  const reader = new ParameterReader(bytes)
  const seen = new Set<number>()
  let count = 0
  while (reader.remaining > 0) {
    const id = reader.varint()
    if (++count > MAX_TRANSPORT_PARAMETERS) throw parameterError('too many parameters')
    if (seen.has(id)) throw parameterError(`parameter ${id} twice`)
    // Different ids above 2^53-1 look alike here; they are reserved ones, and may come together.
    if (id < Number.MAX_SAFE_INTEGER) seen.add(id)
    const length = reader.varint()
    const start = reader.skip(length)
    const value = new ParameterReader(bytes, start, start + length)
    if (readParameter(id, value, fromServer, parameters) && value.remaining > 0)
      throw parameterError(`parameter ${id} is too long`)
  }
  return parameters
}

/** False when the parameter is not known. */
function readParameter(
  id: number,
  value: Reader,
  fromServer: boolean,
  parameters: TransportParameters,
): boolean {
  switch (id) {
    case Id.originalDestinationConnectionId:
      requireServer(fromServer, id)
      parameters.originalDestinationConnectionId = readConnectionId(value)
      return true
    case Id.maxIdleTimeout:
      parameters.maxIdleTimeout = value.varint()
      return true
    case Id.statelessResetToken:
      requireServer(fromServer, id)
      parameters.statelessResetToken = value.view(STATELESS_RESET_TOKEN_LENGTH)
      return true
    case Id.maxUdpPayloadSize:
      parameters.maxUdpPayloadSize = atLeast(1200, value.varint(), id)
      return true
    case Id.initialMaxData:
      parameters.initialMaxData = value.varint()
      return true
    case Id.initialMaxStreamDataBidiLocal:
      parameters.initialMaxStreamDataBidiLocal = value.varint()
      return true
    case Id.initialMaxStreamDataBidiRemote:
      parameters.initialMaxStreamDataBidiRemote = value.varint()
      return true
    case Id.initialMaxStreamDataUni:
      parameters.initialMaxStreamDataUni = value.varint()
      return true
    case Id.initialMaxStreamsBidi:
      parameters.initialMaxStreamsBidi = atLeast(0, readStreamCount(value), id)
      return true
    case Id.initialMaxStreamsUni:
      parameters.initialMaxStreamsUni = atLeast(0, readStreamCount(value), id)
      return true
    case Id.ackDelayExponent:
      parameters.ackDelayExponent = atMost(20, value.varint(), id)
      return true
    case Id.maxAckDelay:
      parameters.maxAckDelay = atMost(2 ** 14 - 1, value.varint(), id)
      return true
    case Id.disableActiveMigration:
      parameters.disableActiveMigration = true
      return true
    case Id.preferredAddress:
      requireServer(fromServer, id)
      parameters.preferredAddress = readPreferredAddress(value)
      return true
    case Id.activeConnectionIdLimit:
      parameters.activeConnectionIdLimit = atLeast(2, value.varint(), id)
      return true
    case Id.initialSourceConnectionId:
      parameters.initialSourceConnectionId = readConnectionId(value)
      return true
    case Id.retrySourceConnectionId:
      requireServer(fromServer, id)
      parameters.retrySourceConnectionId = readConnectionId(value)
      return true
    default:
      return false
  }
}

/** RFC 9000 §18.2: "A client MUST NOT include any server-only transport parameter". */
function requireServer(fromServer: boolean, id: number): void {
  if (!fromServer) throw parameterError(`parameter ${id} from a client`)
}

function atLeast(minimum: number, value: number, id: number): number {
  if (value < minimum) throw parameterError(`parameter ${id} has an illegal value`)
  return value
}

function atMost(maximum: number, value: number, id: number): number {
  if (value > maximum) throw parameterError(`parameter ${id} has an illegal value`)
  return value
}

function readConnectionId(value: Reader): Uint8Array {
  if (value.remaining > MAX_CONNECTION_ID_LENGTH) throw parameterError('a connection id too long')
  return value.rest()
}

function readPreferredAddress(value: Reader): PreferredAddress {
  const ipv4Address = value.view(4)
  const ipv4Port = value.u16()
  const ipv6Address = value.view(16)
  const ipv6Port = value.u16()
  const length = value.u8()
  if (length === 0 || length > MAX_CONNECTION_ID_LENGTH)
    throw parameterError('a preferred address with a connection id of illegal length')
  const connectionId = value.view(length)
  const statelessResetToken = value.view(STATELESS_RESET_TOKEN_LENGTH)
  return { ipv4Address, ipv4Port, ipv6Address, ipv6Port, connectionId, statelessResetToken }
}
