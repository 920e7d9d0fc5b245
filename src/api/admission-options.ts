import type { RetryPolicy } from '../quic/index.ts'
import type { EndpointLimits } from './endpoint-host.ts'
import { argumentError } from './errors.ts'
import { checkAtLeast } from './option-checks.ts'

export type { RetryPolicy }

const retryPolicies: readonly string[] = ['auto', 'always', 'never'] satisfies RetryPolicy[]
const MIN_TOKEN_SECRET = 32

/** Which clients a server takes, and how fast. */
export interface AdmissionOptions {
  /** Connections at once; further clients are not answered. Default 100,000. */
  readonly maxSessions?: number
  /**
   * Handshakes begun a second, and a quarter of it at once; further clients wait, or are not answered
   * when there are too many. Default 1000.
   */
  readonly maxHandshakesPerSecond?: number
  /**
   * Whether clients have to show by a Retry, which takes them a round trip, that they are where they
   * say. Default `auto`: while 256 handshakes or more are under way, as in a flood of forged addresses.
   */
  readonly retry?: RetryPolicy
  /**
   * At least 32 secret bytes, the same for all servers behind one address, so that each takes a client
   * that another one sent a Retry to. Their clocks must agree to the second. Default: one of its own.
   */
  readonly tokenSecret?: Uint8Array
}

/** Throws an error with a code for values that can't be used. */
export function endpointLimits(options: AdmissionOptions): EndpointLimits {
  const { maxSessions, maxHandshakesPerSecond, retry, tokenSecret } = options
  if (retry !== undefined && !retryPolicies.includes(retry)) {
    const policies = retryPolicies.join(', ')
    throw argumentError('ERR_INVALID_ARG_VALUE', `\`retry\` must be one of ${policies}`)
  }
  if (
    tokenSecret !== undefined &&
    !(tokenSecret instanceof Uint8Array && tokenSecret.length >= MIN_TOKEN_SECRET)
  ) {
    throw argumentError(
      'ERR_INVALID_ARG_VALUE',
      `\`tokenSecret\` must be a Uint8Array of at least ${MIN_TOKEN_SECRET} bytes`,
    )
  }
  checkAtLeast('maxSessions', maxSessions, 0)
  if (
    maxHandshakesPerSecond !== undefined &&
    !(Number.isInteger(maxHandshakesPerSecond) && maxHandshakesPerSecond > 0)
  ) {
    throw argumentError(
      'ERR_INVALID_ARG_VALUE',
      '`maxHandshakesPerSecond` must be an integer above 0',
    )
  }
  return {
    ...(maxSessions !== undefined && { maxConnections: maxSessions }),
    ...(maxHandshakesPerSecond !== undefined && { handshakesPerSecond: maxHandshakesPerSecond }),
    ...(retry !== undefined && { retry }),
    ...(tokenSecret !== undefined && {
      sharedTokens: { secret: tokenSecret, unixTime: Date.now },
    }),
  }
}
