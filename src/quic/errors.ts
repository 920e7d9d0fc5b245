/** RFC 9000 §20.1; a TLS alert is `cryptoError` + the alert. */
export const TransportErrorCode = {
  noError: 0x0,
  internalError: 0x1,
  connectionRefused: 0x2,
  flowControlError: 0x3,
  streamLimitError: 0x4,
  streamStateError: 0x5,
  finalSizeError: 0x6,
  frameEncodingError: 0x7,
  transportParameterError: 0x8,
  connectionIdLimitError: 0x9,
  protocolViolation: 0xa,
  invalidToken: 0xb,
  applicationError: 0xc,
  cryptoBufferExceeded: 0xd,
  keyUpdateError: 0xe,
  aeadLimitReached: 0xf,
  noViablePath: 0x10,
  /** RFC 9368 §10.2. */
  versionNegotiationError: 0x11,
  cryptoError: 0x100,
} as const

/** The peer broke the protocol in an authenticated packet: the connection closes with `code`. */
export class TransportError extends Error {
  override name = 'TransportError'
  readonly code: number
  /** The frame type that is to blame; 0 when unknown. */
  readonly frameType: number

  /** @param reason what went wrong, for people: it becomes the reason phrase */
  constructor(code: number, reason: string, frameType = 0) {
    super(reason)
    this.code = code
    this.frameType = frameType
  }
}
