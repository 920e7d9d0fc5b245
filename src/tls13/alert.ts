import { TlsAlertError } from './session.ts'

/** The fatal alerts (RFC 9846 §6.2) that the handshake itself raises. */
export const Alert = {
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  internalError: 80,
  missingExtension: 109,
  unsupportedExtension: 110,
  unrecognizedName: 112,
  certificateRequired: 116,
  noApplicationProtocol: 120,
} as const

export function decodeError(message: string, options?: ErrorOptions): TlsAlertError {
  return new TlsAlertError(Alert.decodeError, message, options)
}

export function illegalParameter(message: string, options?: ErrorOptions): TlsAlertError {
  return new TlsAlertError(Alert.illegalParameter, message, options)
}

export function missingExtension(name: string): TlsAlertError {
  return new TlsAlertError(Alert.missingExtension, `the extension ${name} is missing`)
}

export function unexpectedMessage(message: string): TlsAlertError {
  return new TlsAlertError(Alert.unexpectedMessage, message)
}
