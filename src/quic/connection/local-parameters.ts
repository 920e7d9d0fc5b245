import type { TransportConfig } from '../config.ts'
import { ACTIVE_CONNECTION_ID_LIMIT } from '../limits.ts'
import type { TransportParameters } from '../wire/index.ts'
import { ACK_DELAY_EXPONENT, MAX_ACK_DELAY } from './state.ts'

/** What only a server's transport parameters hold. */
export interface ServerParameters {
  readonly originalDestinationConnectionId: Uint8Array
  readonly statelessResetToken: Uint8Array
  /** After a Retry (RFC 9000 §7.3). */
  readonly retrySourceConnectionId?: Uint8Array
}

/** Our transport parameters (RFC 9000 §18.2). */
export function localParameters(
  config: TransportConfig,
  initialSourceConnectionId: Uint8Array,
  server: ServerParameters | undefined,
): TransportParameters {
  return {
    ...server,
    initialSourceConnectionId,
    maxIdleTimeout: config.maxIdleTimeout,
    // Whatever a datagram can hold: each one comes in memory of its own size.
    maxUdpPayloadSize: 65_527,
    initialMaxData: config.initialMaxData,
    initialMaxStreamDataBidiLocal: config.initialMaxStreamData,
    initialMaxStreamDataBidiRemote: config.initialMaxStreamData,
    initialMaxStreamDataUni: config.initialMaxStreamData,
    initialMaxStreamsBidi: config.initialMaxStreamsBidi,
    initialMaxStreamsUni: config.initialMaxStreamsUni,
    ackDelayExponent: ACK_DELAY_EXPONENT,
    maxAckDelay: MAX_ACK_DELAY,
    disableActiveMigration: false,
    activeConnectionIdLimit: ACTIVE_CONNECTION_ID_LIMIT,
  }
}
