/** HTTP/3 error codes of QPACK (RFC 9204 §6). */
export const QPACK_DECOMPRESSION_FAILED = 0x200
export const QPACK_ENCODER_STREAM_ERROR = 0x201
export const QPACK_DECODER_STREAM_ERROR = 0x202

/** A connection error: tables at the two ends can no longer be trusted to agree. */
export class QpackError extends Error {
  override name = 'QpackError'
  /** One of 0x200, 0x201, 0x202: what CONNECTION_CLOSE carries. */
  readonly code: number

  constructor(code: number, reason: string) {
    super(reason)
    this.code = code
  }
}

/**
 * A field section that is larger than we take: it concerns its stream alone (a server answers 431),
 * and the tables of both ends still agree. The section counts as processed.
 */
export class FieldSectionTooLargeError extends Error {
  override name = 'FieldSectionTooLargeError'
  readonly streamId: number

  constructor(streamId: number, reason: string) {
    super(reason)
    this.streamId = streamId
  }
}
