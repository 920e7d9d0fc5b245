/** Error codes of HTTP/3 (RFC 9114 §8.1) by their RFC names in camelCase. */
export const H3ErrorCode = {
  noError: 0x100,
  generalProtocolError: 0x101,
  internalError: 0x102,
  streamCreationError: 0x103,
  closedCriticalStream: 0x104,
  frameUnexpected: 0x105,
  frameError: 0x106,
  excessiveLoad: 0x107,
  idError: 0x108,
  settingsError: 0x109,
  missingSettings: 0x10a,
  requestRejected: 0x10b,
  requestCancelled: 0x10c,
  requestIncomplete: 0x10d,
  messageError: 0x10e,
  connectError: 0x10f,
  versionFallback: 0x110,
} as const

/**
 * The peer broke HTTP/3. Thrown inside the layer alone: `H3Connection` turns it into a
 * CONNECTION_CLOSE, or into the reset of one stream and an `aborted` event.
 */
export class H3Error extends Error {
  override name = 'H3Error'
  /** The wire code; see {@link H3ErrorCode}. */
  readonly code: number
  readonly scope: 'connection' | 'stream'

  constructor(code: number, scope: 'connection' | 'stream', reason: string) {
    super(reason)
    this.code = code
    this.scope = scope
  }
}

export function connectionError(code: number, reason: string): H3Error {
  return new H3Error(code, 'connection', reason)
}

export function streamError(code: number, reason: string): H3Error {
  return new H3Error(code, 'stream', reason)
}

/** RFC 9114 §4.1.2: whatever makes a message malformed is an error of its stream. */
export function malformed(reason: string): H3Error {
  return new H3Error(H3ErrorCode.messageError, 'stream', reason)
}

/** What a caller of `H3Connection` did wrong; `code` is in the manner of Node. */
export class H3UsageError extends TypeError {
  override name = 'TypeError'
  readonly code: `ERR_HTTP3_${string}`

  constructor(code: `ERR_HTTP3_${string}`, message: string) {
    super(message)
    this.code = code
  }
}
