import { MAX_CLIENT_HELLO, MAX_HANDSHAKE_BYTES, MAX_POST_HANDSHAKE_MESSAGE } from '../limits.ts'
import { HandshakeType } from '../messages/handshake-type.ts'
import { Level } from '../session.ts'

export type State =
  | 'client: start'
  | 'client: wait for ServerHello'
  | 'client: wait for EncryptedExtensions'
  | 'client: wait for CertificateRequest or Certificate'
  | 'client: wait for Certificate'
  | 'client: wait for CertificateVerify'
  | 'client: wait for Finished'
  | 'client: connected'
  | 'server: wait for ClientHello'
  | 'server: wait for second ClientHello'
  | 'server: wait for Certificate'
  | 'server: wait for CertificateVerify'
  | 'server: wait for Finished'
  | 'server: connected'

export interface Rule {
  /** The one level at which the peer may send now. */
  readonly level: Level
  /** The messages that it may send; any other is unexpected_message. */
  readonly accepts: readonly HandshakeType[]
  /** Bytes of such a message with its header. */
  readonly maxMessage: number
}

function hello(...accepts: HandshakeType[]): Rule {
  return { level: Level.initial, accepts, maxMessage: MAX_CLIENT_HELLO }
}

function flight(...accepts: HandshakeType[]): Rule {
  return { level: Level.handshake, accepts, maxMessage: MAX_HANDSHAKE_BYTES }
}

function connected(...accepts: HandshakeType[]): Rule {
  return { level: Level.application, accepts, maxMessage: MAX_POST_HANDSHAKE_MESSAGE }
}

/**
 * What a peer may send in each state: the state machines of RFC 9846 §A without PSK, early data and
 * KeyUpdate, which RFC 9001 §6 forbids.
 */
export const TRANSITIONS: Readonly<Record<State, Rule>> = {
  'client: start': hello(),
  'client: wait for ServerHello': hello(HandshakeType.serverHello),
  'client: wait for EncryptedExtensions': flight(HandshakeType.encryptedExtensions),
  'client: wait for CertificateRequest or Certificate': flight(
    HandshakeType.certificateRequest,
    HandshakeType.certificate,
  ),
  'client: wait for Certificate': flight(HandshakeType.certificate),
  'client: wait for CertificateVerify': flight(HandshakeType.certificateVerify),
  'client: wait for Finished': flight(HandshakeType.finished),
  'client: connected': connected(HandshakeType.newSessionTicket),
  'server: wait for ClientHello': hello(HandshakeType.clientHello),
  'server: wait for second ClientHello': hello(HandshakeType.clientHello),
  'server: wait for Certificate': flight(HandshakeType.certificate),
  'server: wait for CertificateVerify': flight(HandshakeType.certificateVerify),
  'server: wait for Finished': flight(HandshakeType.finished),
  'server: connected': connected(),
}
