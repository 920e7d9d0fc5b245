import type { Field } from '../../qpack/index.ts'
import { PayloadReader, PayloadWriter } from '../bus/index.ts'
import type { ConnectionInfo } from './types.ts'

/** The connection comes first: a request's fields follow it. */
export function encodeRequest(connection: ConnectionInfo, fields: readonly Field[]): Uint8Array {
  const writer = new PayloadWriter()
  writeConnection(writer, connection)
  writer.fields(fields)
  return writer.written()
}

export function decodeRequest(payload: Uint8Array): {
  connection: ConnectionInfo
  fields: Field[]
} {
  const reader = new PayloadReader(payload)
  return { connection: readConnection(reader), fields: reader.fields() }
}

export function encodeConnection(connection: ConnectionInfo): Uint8Array {
  const writer = new PayloadWriter()
  writeConnection(writer, connection)
  return writer.written()
}

export function decodeConnection(payload: Uint8Array): ConnectionInfo {
  return readConnection(new PayloadReader(payload))
}

export function encodeFields(fields: readonly Field[]): Uint8Array {
  const writer = new PayloadWriter()
  writer.fields(fields)
  return writer.written()
}

export function decodeFields(payload: Uint8Array): Field[] {
  return new PayloadReader(payload).fields()
}

function writeConnection(writer: PayloadWriter, connection: ConnectionInfo): void {
  const { remote, local, serverName, authorizationError, peerCertificate } = connection
  text(writer, remote.address)
  writer.u32(remote.port)
  text(writer, local.address)
  writer.u32(local.port)
  text(writer, serverName ?? '')
  writer.u8(connection.authorized ? 1 : 0)
  text(writer, authorizationError ?? '')
  if (peerCertificate === undefined) writer.u32(0)
  else writer.block(peerCertificate)
}

function readConnection(reader: PayloadReader): ConnectionInfo {
  const remote = { address: readText(reader), port: reader.u32() }
  const local = { address: readText(reader), port: reader.u32() }
  const serverName = readText(reader)
  const authorized = reader.u8() === 1
  const authorizationError = readText(reader)
  const certificate = reader.block()
  return {
    remote,
    local,
    serverName: serverName === '' ? undefined : serverName,
    authorized,
    authorizationError: authorizationError === '' ? undefined : authorizationError,
    // A copy: the request's payload would be kept as long as the session is.
    peerCertificate: certificate.length === 0 ? undefined : new Uint8Array(certificate),
  }
}

function text(writer: PayloadWriter, value: string): void {
  writer.u32(value.length)
  writer.latin1(value)
}

function readText(reader: PayloadReader): string {
  return reader.latin1(reader.u32())
}
