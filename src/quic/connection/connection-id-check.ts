import { equalBytes } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import type { TransportParameters } from '../wire/index.ts'

/** What the peer's transport parameters must repeat. */
export interface ExpectedConnectionIds {
  readonly initialSource: Uint8Array
  /** Of a server's parameters only. */
  readonly originalDestination: Uint8Array | undefined
  /** Of a server's parameters only, after a Retry. */
  readonly retrySource: Uint8Array | undefined
}

/**
 * RFC 9000 §7.3: who meddled with the connection ids of the handshake is found out here. Throws
 * TRANSPORT_PARAMETER_ERROR.
 */
export function checkConnectionIds(
  parameters: TransportParameters,
  expected: ExpectedConnectionIds,
): void {
  const agrees =
    same(parameters.initialSourceConnectionId, expected.initialSource) &&
    same(parameters.originalDestinationConnectionId, expected.originalDestination) &&
    same(parameters.retrySourceConnectionId, expected.retrySource)
  if (!agrees) {
    throw new TransportError(
      TransportErrorCode.transportParameterError,
      'connection ids in transport parameters do not match',
    )
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return equalBytes(a, b)
}
