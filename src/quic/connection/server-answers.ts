import { equalBytes } from '../../bytes/index.ts'
import { MAX_RETRY_TOKEN } from '../limits.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { CloseInfo } from '../transport.ts'
import { type PacketHeader, readRetry, readVersionNegotiation } from '../wire/index.ts'
import type { ConnectionState } from './state.ts'

/** Connection ids of the handshake that are authenticated later (RFC 9000 §7.3). */
export interface HandshakeIds {
  /** To which the client sent its first Initial. */
  readonly originalDestination: Uint8Array
  /** From which a Retry came, or was sent. */
  retrySource: Uint8Array | undefined
}

/** What a server can answer instead of a handshake: Retry and Version Negotiation. For a client only. */
export class ServerAnswers {
  private readonly state: ConnectionState
  private readonly ids: HandshakeIds

  constructor(state: ConnectionState, ids: HandshakeIds) {
    this.state = state
    this.ids = ids
  }

  /** RFC 9000 §17.2.5.2: the Initial is sent again, with the token, to the id that the server chose. */
  onRetry(datagram: Uint8Array, header: PacketHeader): void {
    const { ids, state } = this
    if (ids.retrySource !== undefined || header.version !== state.version) return
    if (equalBytes(header.sourceConnectionId, ids.originalDestination)) return
    const token = readRetry(state.env.crypto, datagram, header, ids.originalDestination)
    if (token === undefined || token.length > MAX_RETRY_TOKEN) return
    const source = header.sourceConnectionId.slice()
    state.token = token.slice()
    ids.retrySource = source
    state.remoteIds.replaceFirst(source)
    state.handshake.deriveInitialKeys(source)
    state.recovery.forgetAll(Space.initial)
  }

  /** RFC 9000 §6.2: why the connection can't be made; undefined when the packet is to be ignored. */
  onVersionNegotiation(datagram: Uint8Array, header: PacketHeader): CloseInfo | undefined {
    const { state } = this
    // RFC 9000 §6.2: not after a packet that was processed, and a Retry was one.
    if (this.ids.retrySource !== undefined) return undefined
    if (!equalBytes(header.destinationConnectionId, state.localIds.first)) return undefined
    if (!equalBytes(header.sourceConnectionId, state.remoteIds.id)) return undefined
    const versions = readVersionNegotiation(datagram, header)
    if (versions === undefined || versions.includes(state.version)) return undefined
    const offered = versions.map((version) => `0x${version.toString(16)}`).join(', ')
    return {
      kind: 'versionNegotiation',
      errorCode: 0,
      reason: `the server speaks none of our QUIC versions, only ${offered}`,
      remote: true,
    }
  }
}
