import {
  type CipherSuite,
  type CryptoProvider,
  INITIAL_SUITE,
  Level,
  TlsAlertError,
  type TlsEvent,
  type TlsSession,
} from '../../tls13/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { deriveInitialSecrets, OneRttKeys, PacketKeys } from '../protection/index.ts'
import { Space } from '../recovery/loss-recovery.ts'
import { decodeTransportParameters, type TransportParameters } from '../wire/index.ts'
import { CryptoStream } from './crypto-stream.ts'

/** Keys of one direction each, of the Initial or the Handshake space. */
interface LongHeaderKeys {
  read: PacketKeys | undefined
  write: PacketKeys | undefined
  readonly discarded: boolean
}

/** In the place of all that are discarded. */
const DISCARDED: LongHeaderKeys = Object.freeze({
  read: undefined,
  write: undefined,
  discarded: true,
})

/** What the handshake tells the connection. */
export interface HandshakeListener {
  onPeerParameters(parameters: TransportParameters): void
  onKeysAvailable(): void
  onHandshakeComplete(): void
  onKeyLog(line: string): void
}

/** In the place of all that are discarded: without keys nothing comes in or goes out. */
const SPENT = new CryptoStream()

/** TLS and QUIC joined (RFC 9001 §4): CRYPTO bytes go in and out, keys come out. */
export class Handshake {
  readonly crypto: [CryptoStream, CryptoStream, CryptoStream]
  initialKeys: LongHeaderKeys = { read: undefined, write: undefined, discarded: false }
  handshakeKeys: LongHeaderKeys = { read: undefined, write: undefined, discarded: false }
  oneRttKeys: OneRttKeys | undefined = undefined
  /** RFC 9001 §4.1.1. */
  complete = false
  /** RFC 9001 §4.1.2. */
  confirmed = false
  private pendingWriteSecret: Uint8Array | undefined = undefined
  private pendingReadSecret: Uint8Array | undefined = undefined
  private tls: TlsSession
  private readonly provider: CryptoProvider
  private readonly isClient: boolean
  private readonly version: number
  private readonly listener: HandshakeListener

  constructor(
    tls: TlsSession,
    provider: CryptoProvider,
    isClient: boolean,
    version: number,
    listener: HandshakeListener,
  ) {
    this.tls = tls
    this.provider = provider
    this.isClient = isClient
    this.version = version
    this.listener = listener
    this.crypto = [new CryptoStream(), new CryptoStream(), new CryptoStream()]
  }

  get info() {
    return this.tls.info
  }

  /** RFC 9001 §5.2; once more after a Retry. */
  deriveInitialKeys(destinationConnectionId: Uint8Array): void {
    const secrets = deriveInitialSecrets(this.provider, this.version, destinationConnectionId)
    const { client, server } = secrets
    this.initialKeys.write = this.packetKeys(INITIAL_SUITE, this.isClient ? client : server)
    this.initialKeys.read = this.packetKeys(INITIAL_SUITE, this.isClient ? server : client)
  }

  private packetKeys(suite: CipherSuite, secret: Uint8Array): PacketKeys {
    return new PacketKeys(this.provider, suite, secret, this.version)
  }

  start(): void {
    this.tls.start()
    this.drain()
  }

  /** Takes a CRYPTO frame. Throws TransportError; a TLS alert becomes CRYPTO_ERROR (RFC 9001 §4.8). */
  onCrypto(space: Space, offset: number, bytes: Uint8Array): void {
    const stream = this.crypto[space]
    // Behind the frame that completed the handshake, in one packet with it: the next packet is dropped, too.
    if (stream === SPENT) return
    stream.receive(offset, bytes)
    try {
      for (let piece = stream.read(); piece !== undefined; piece = stream.read()) {
        this.tls.receive(levelOf(space), piece)
        this.drain()
      }
    } catch (error) {
      // What TLS had to say before it failed still goes out: it may be the alert's context.
      if (!(error instanceof TlsAlertError)) throw error
      throw new CryptoError(error)
    }
  }

  private drain(): void {
    for (let event = this.tls.poll(); event !== undefined; event = this.tls.poll()) {
      this.act(event)
    }
  }

  private act(event: TlsEvent): void {
    switch (event.type) {
      case 'data':
        this.crypto[spaceOf(event.level)].output.write(event.bytes)
        return
      case 'secret':
        this.onSecret(event)
        return
      case 'transportParameters':
        this.listener.onPeerParameters(decodeTransportParameters(event.bytes, this.isClient))
        return
      case 'keyLog':
        this.listener.onKeyLog(event.line)
        return
      case 'complete':
        this.complete = true
        this.tls = this.tls.connected()
        this.listener.onHandshakeComplete()
    }
  }

  private onSecret(event: TlsEvent & { type: 'secret' }): void {
    const { direction, level, suite, secret } = event
    if (level === Level.handshake) {
      this.handshakeKeys[direction] = this.packetKeys(suite, secret)
      this.listener.onKeysAvailable()
    } else if (level === Level.application) {
      if (direction === 'read') this.pendingReadSecret = secret
      else this.pendingWriteSecret = secret
      const { pendingReadSecret: read, pendingWriteSecret: write } = this
      if (read === undefined || write === undefined) return
      this.pendingReadSecret = undefined
      this.pendingWriteSecret = undefined
      this.oneRttKeys = new OneRttKeys(this.provider, suite, read, write, this.version)
      this.listener.onKeysAvailable()
    }
  }

  /** Drops keys and CRYPTO bytes of a long-header space (RFC 9001 §4.9). */
  discard(space: typeof Space.initial | typeof Space.handshake): void {
    if (space === Space.initial) this.initialKeys = DISCARDED
    else this.handshakeKeys = DISCARDED
    this.crypto[space] = SPENT
  }
}

/** A TLS alert on its way to become a CONNECTION_CLOSE. */
export class CryptoError extends TransportError {
  override name = 'CryptoError'

  constructor(alert: TlsAlertError) {
    super(TransportErrorCode.cryptoError + alert.alert, alert.message)
    this.cause = alert
  }
}

function levelOf(space: Space): Level {
  if (space === Space.initial) return Level.initial
  return space === Space.handshake ? Level.handshake : Level.application
}

function spaceOf(level: Level): Space {
  if (level === Level.initial) return Space.initial
  return level === Level.handshake ? Space.handshake : Space.application
}
