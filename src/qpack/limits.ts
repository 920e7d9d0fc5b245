/** What a peer can make QPACK keep or do, each with its cap. */

/** Field lines of a section when the options give no other number: more than any browser sends. */
export const DEFAULT_MAX_FIELDS = 128

/** A prefix integer: the prefix and nine bytes of seven bits hold 62 bits (RFC 9204 §4.1.1). */
export const MAX_PREFIX_INTEGER_BYTES = 10

/**
 * Encoder-stream bytes between two completed field sections. Inserting and duplicating without ever
 * using the table is work for us and nothing else. A table larger than half of this may still be
 * filled twice.
 */
export const MAX_ENCODER_STREAM_BYTES_WITHOUT_SECTION = 65536

/**
 * Stream Cancellations for streams with nothing outstanding, between two sections that we encode: a
 * peer may well cancel what we never answered, though not thousands of times in a row.
 */
export const MAX_IDLE_CANCELLATIONS = 4096

/**
 * Sections with dynamic references that the peer has not acknowledged. A peer that never acknowledges
 * costs us so much; sections beyond use the static table alone.
 */
export const MAX_UNACKNOWLEDGED_SECTIONS = 1024

/** Streams that we let run the risk of blocking, however many the peer would allow. */
export const MAX_BLOCKING_STREAMS = 128

/** Encoder-stream bytes that wait to be taken (the stream may be held by flow control). */
export const MAX_ENCODER_STREAM_BYTES_PENDING = 16384

/**
 * Bytes of encoded sections that one blocked stream keeps, as a multiple of the field section size we
 * take: encoded is smaller than decoded unless the encoder is out to waste.
 */
export const MAX_KEPT_SECTION_FACTOR = 2

/** What a kept section counts besides its bytes, so that empty ones are not free. */
export const KEPT_SECTION_OVERHEAD = 128

/** Working buffers grown for one large section are let go above this. */
export const MAX_RETAINED_BUFFER = 65536
