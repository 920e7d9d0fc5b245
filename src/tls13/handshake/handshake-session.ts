import { Deque, toHex } from '../../bytes/index.ts'
import { Alert, decodeError, unexpectedMessage } from '../alert.ts'
import type { KeySchedule } from '../key-schedule/key-schedule.ts'
import { MAX_HANDSHAKE_BYTES } from '../limits.ts'
import { MESSAGE_HEADER } from '../messages/handshake-type.ts'
import {
  type CipherSuite,
  type Level,
  TlsAlertError,
  type TlsEvent,
  type TlsInfo,
  type TlsSession,
} from '../session.ts'
import { MessageBuffer } from './message-buffer.ts'
import { type State, TRANSITIONS } from './transitions.ts'

/**
 * What a client and a server have in common: they take messages out of bytes, let the table of
 * transitions judge them, and keep what they have to say until it is polled.
 */
export abstract class HandshakeSession implements TlsSession {
  info: TlsInfo | undefined
  protected state: State
  /** From the first ServerHello until the handshake is complete. */
  protected schedule: KeySchedule | undefined
  private readonly keyLog: boolean
  private readonly incoming = new MessageBuffer()
  private readonly events = new Deque<TlsEvent>()
  /** Handshake bytes of the peer so far. */
  private received = 0
  private failure: TlsAlertError | undefined

  constructor(state: State, keyLog: boolean) {
    this.info = undefined
    this.state = state
    this.schedule = undefined
    this.keyLog = keyLog
    this.failure = undefined
  }

  abstract start(): void

  abstract connected(): TlsSession

  /** Acts on one message that the table of transitions allows. */
  protected abstract handle(type: number, body: Uint8Array, message: Uint8Array): void

  receive(level: Level, bytes: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure
    try {
      this.process(level, bytes)
    } catch (error) {
      this.failure =
        error instanceof TlsAlertError
          ? error
          : new TlsAlertError(Alert.internalError, 'internal error', { cause: error })
      throw this.failure
    }
  }

  poll(): TlsEvent | undefined {
    return this.events.shift()
  }

  private process(level: Level, bytes: Uint8Array): void {
    if (this.info === undefined) {
      this.received += bytes.length
      if (this.received > MAX_HANDSHAKE_BYTES)
        throw decodeError(`more than ${MAX_HANDSHAKE_BYTES} bytes of handshake`)
    }
    if (bytes.length > 0 && level !== TRANSITIONS[this.state].level)
      throw unexpectedMessage(`bytes at level ${level} in state ${this.state}`)
    this.incoming.push(bytes)
    while (!this.incoming.isEmpty) {
      const rule = TRANSITIONS[this.state]
      // RFC 9846 §5.1, RFC 9001 §4.1.3: no message may reach over a change of keys.
      if (level !== rule.level)
        throw unexpectedMessage(`bytes of level ${level} after its last message`)
      const type = this.incoming.nextType!
      if (!(rule.accepts as readonly number[]).includes(type))
        throw unexpectedMessage(`message of type ${type} in state ${this.state}`)
      const length = this.incoming.nextLength ?? 0
      if (length > rule.maxMessage)
        throw decodeError(`message of type ${type} of ${length} bytes is too long`)
      const message = this.incoming.take()
      if (message === undefined) return
      this.handle(type, message.subarray(MESSAGE_HEADER), message)
    }
  }

  protected emit(event: TlsEvent): void {
    this.events.push(event)
  }

  protected emitSecret(
    direction: 'read' | 'write',
    level: Level,
    suite: CipherSuite,
    secret: Uint8Array,
  ): void {
    this.events.push({ type: 'secret', direction, level, suite, secret })
  }

  protected emitKeyLog(label: string, clientRandom: Uint8Array, secret: Uint8Array): void {
    if (!this.keyLog) return
    this.events.push({
      type: 'keyLog',
      line: `${label} ${toHex(clientRandom)} ${toHex(secret)}`,
    })
  }

  protected complete(info: TlsInfo): void {
    this.info = info
    this.schedule = undefined
    this.events.push({ type: 'complete' })
  }
}
