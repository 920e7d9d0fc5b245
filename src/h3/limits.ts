/** What a peer can make this layer keep or do, and how much of it. */

/** A SETTINGS frame of 4 KiB holds 250 settings of the longest kind; there are about ten. */
export const MAX_SETTINGS_LENGTH = 4096

/** Frames of a single varint: GOAWAY, MAX_PUSH_ID, CANCEL_PUSH. */
export const MAX_VARINT_FRAME_LENGTH = 8

/**
 * An encoded field section is hardly longer than the field list it stands for (RFC 9114 §4.2.2 counts
 * 32 bytes a field more than the encoding needs), so that a HEADERS frame longer than the limit of
 * the list by this much is refused before it is gathered.
 */
export const FIELD_SECTION_SLACK = 1024

/**
 * Bytes of all the field sections of a connection that have come in part: a hundred requests at once
 * of 10 KiB each. They are read as they come, so flow control does not bound them.
 */
export const MAX_GATHERED_SECTIONS = 1024 * 1024

/**
 * Bytes of QPACK instructions held back while the peer gives our QPACK streams no credit. An honest
 * peer leaves at least 1,024 bytes open on each (RFC 9114 §6.2), and ours come a few at a time.
 */
export const MAX_HELD_INSTRUCTIONS = 64 * 1024

/**
 * Requests that are over for the transport while the application has not yet taken their last bytes.
 * They don't count against MAX_STREAMS any more; beyond this many new requests are refused.
 */
export const MAX_LINGERING_REQUESTS = 256

/**
 * The legal but useless: unknown frames and streams, empty DATA, repeated GOAWAY or MAX_PUSH_ID,
 * interim responses. Greasing peers send a handful a second, floods thousands.
 */
export const GLITCH_BURST = 1000
export const GLITCHES_PER_SECOND = 100

/** Glitches that each request has free, so that a peer which greases every request is not refused. */
export const FREE_GLITCHES_PER_REQUEST = 4

/**
 * Requests that end by RESET_STREAM, STOP_SENDING or an error of the peer (CVE-2023-44487 and its
 * turned-round form). A page that is left cancels some hundred at once, but not every second.
 */
export const RESET_BURST = 500
export const RESETS_PER_SECOND = 50

/**
 * Defaults of what we tell the peer in SETTINGS. The size is that of node:http2's maxHeaderListSize, so
 * that what passes there passes here. The fields are twice what 16 KiB can hold of short ones: responses
 * with hundreds of cookies and server timings exist, and what they cost is bounded by the size.
 */
export const DEFAULT_MAX_FIELD_SECTION_SIZE = 64 * 1024
export const DEFAULT_MAX_FIELDS = 512
export const DEFAULT_QPACK_TABLE_CAPACITY = 4096
export const DEFAULT_QPACK_BLOCKED_STREAMS = 16
