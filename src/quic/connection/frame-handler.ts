import { TokenBucket } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { GLITCH_BURST, GLITCH_RATE_PER_SECOND, MAX_REASON_LENGTH } from '../limits.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { CloseInfo } from '../transport.ts'
import type { AckFrame, FrameVisitor } from '../wire/index.ts'
import type { ConnectionState } from './state.ts'

const MICROSECONDS_PER_MS = 1000
const NO_ID = new Uint8Array(0)
const UTF8 = new TextDecoder()

/** What a frame can make the connection do beyond its parts. */
export interface FrameListener {
  onHandshakeConfirmed(): void
}

/** Acts on the frames of an authenticated packet: one method a frame, check, then act. */
export class FrameHandler implements FrameVisitor {
  /** Of the packet whose frames are being handled. */
  space: Space = Space.initial
  now = 0
  destinationConnectionId: Uint8Array = NO_ID
  private hasAck = false
  private hasMaxData = false
  /** A CONNECTION_CLOSE came. */
  peerClose: CloseInfo | undefined = undefined
  private readonly state: ConnectionState
  private readonly listener: FrameListener
  private readonly glitches = new TokenBucket(GLITCH_BURST, GLITCH_RATE_PER_SECOND, 0)

  constructor(state: ConnectionState, listener: FrameListener) {
    this.state = state
    this.listener = listener
  }

  /** Before the frames of a packet. */
  start(space: Space, destinationConnectionId: Uint8Array, now: number): void {
    this.space = space
    this.destinationConnectionId = destinationConnectionId
    this.now = now
    this.hasAck = false
    this.hasMaxData = false
  }

  /** The peer has updated its keys: legal once a round trip, and a hundred times the work of a packet. */
  keysUpdated(): void {
    this.glitch()
  }

  /** Counts a frame that is legal, moves nothing and costs us work. */
  private glitch(): void {
    if (this.glitches.take(1, this.now)) return
    throw new TransportError(TransportErrorCode.protocolViolation, 'too many idle frames')
  }

  ping(): void {
    this.glitch()
  }

  ack(ack: AckFrame): void {
    const { recovery, handshake } = this.state
    const { space } = this
    // One says all that there is to say, and each is looked up in everything that was sent.
    if (this.hasAck) this.glitch()
    this.hasAck = true
    if (space !== Space.initial && !recovery.peerValidatedAddress) {
      // Our Handshake packets arrived: the server has validated our address (RFC 9002 §6.2.2.1).
      recovery.peerValidatedAddress = true
    }
    const delay = (ack.ackDelay * 2 ** this.state.peerAckDelayExponent) / MICROSECONDS_PER_MS
    recovery.onAckReceived(space, ack, space === Space.application ? delay : 0, this.now)
    if (space === Space.application) handshake.oneRttKeys?.onAcked(ack.largestAcked)
  }

  resetStream(id: number, errorCode: number, finalSize: number): void {
    this.state.streams.onReset(id, errorCode, finalSize)
  }

  stopSending(id: number, errorCode: number): void {
    this.state.streams.onStopSending(id, errorCode)
  }

  crypto(offset: number, data: Uint8Array): void {
    if (data.length === 0) this.glitch()
    this.state.handshake.onCrypto(this.space, offset, data)
  }

  /** Address validation tokens are not kept yet: to drop one is allowed (RFC 9000 §8.1.3). */
  newToken(_token: Uint8Array): void {
    this.glitch()
  }

  stream(id: number, offset: number, data: Uint8Array, fin: boolean): void {
    if (data.length === 0 && !fin) this.glitch()
    this.state.streams.onStreamData(id, offset, data, fin)
  }

  maxData(maximum: number): void {
    // Each one that raises the limit goes round all streams that wait for it.
    if (!this.state.streams.onMaxData(maximum) || this.hasMaxData) this.glitch()
    this.hasMaxData = true
  }

  maxStreamData(id: number, maximum: number): void {
    if (!this.state.streams.onMaxStreamData(id, maximum)) this.glitch()
  }

  maxStreams(bidi: boolean, maximum: number): void {
    if (!this.state.streams.onMaxStreams(bidi ? 'bidi' : 'uni', maximum)) this.glitch()
  }

  /** The BLOCKED frames need no answer: windows follow what is read. */
  dataBlocked(_limit: number): void {
    this.glitch()
  }

  streamDataBlocked(id: number, _limit: number): void {
    this.glitch()
    this.state.streams.onStreamDataBlocked(id)
  }

  streamsBlocked(_bidi: boolean, _limit: number): void {
    this.glitch()
  }

  newConnectionId(
    sequence: number,
    retirePriorTo: number,
    connectionId: Uint8Array,
    statelessResetToken: Uint8Array,
  ): void {
    this.glitch()
    const { remoteIds } = this.state
    remoteIds.onNewConnectionId(sequence, retirePriorTo, connectionId, statelessResetToken)
  }

  retireConnectionId(sequence: number): void {
    this.glitch()
    this.state.localIds.onRetire(sequence, this.destinationConnectionId)
  }

  pathChallenge(data: Uint8Array): void {
    this.glitch()
    this.state.paths.receiving.onChallenge(data)
  }

  pathResponse(data: Uint8Array): void {
    if (!this.state.paths.onResponse(data)) this.glitch()
  }

  connectionClose(
    application: boolean,
    errorCode: number,
    _frameType: number,
    reason: Uint8Array,
  ): void {
    this.peerClose ??= {
      kind: application ? 'application' : 'transport',
      errorCode,
      reason: UTF8.decode(reason.subarray(0, MAX_REASON_LENGTH)),
      remote: true,
    }
  }

  handshakeDone(): void {
    if (!this.state.handshake.complete) {
      throw new TransportError(TransportErrorCode.protocolViolation, 'premature HANDSHAKE_DONE')
    }
    this.listener.onHandshakeConfirmed()
  }
}
