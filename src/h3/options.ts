import {
  DEFAULT_MAX_FIELD_SECTION_SIZE,
  DEFAULT_MAX_FIELDS,
  DEFAULT_QPACK_BLOCKED_STREAMS,
  DEFAULT_QPACK_TABLE_CAPACITY,
} from './limits.ts'

const MAX_GREASE = 2 ** 24

/** More than anybody needs, and few enough to be summed. */
const MAX_OPTION = 2 ** 30

/** What both roles can set. */
export interface H3Options {
  /**
   * Bytes of a field section that we take, 32 more counted for each field (RFC 9114 §4.2.2). A server
   * answers a larger request with 431, a client aborts a larger response.
   */
  readonly maxFieldSectionSize: number
  /** Field lines of a section that we take. */
  readonly maxFields: number
  /** Bytes of QPACK's dynamic table, the same bound for both directions; 0 for none. */
  readonly qpackMaxTableCapacity: number
  /** Streams that may wait for the QPACK encoder stream. */
  readonly qpackBlockedStreams: number
  /** N of the reserved setting 0x1f * N + 0x21 that is sent: any integer from 0 up to 2^24. */
  readonly grease: number
}

/**
 * The options with the defaults for what they leave out. Throws `RangeError` with the code
 * `ERR_OUT_OF_RANGE` for a value that no connection can work with.
 */
export function completeH3Options(options: Partial<H3Options> = {}): H3Options {
  for (const name of Object.keys(defaultH3Options) as (keyof H3Options)[]) {
    const value = options[name]
    const max = name === 'grease' ? MAX_GREASE : MAX_OPTION
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= max)) continue
    const message = `http3.${name} must be an integer from 0 to ${max}, not ${String(value)}`
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
  }
  return { ...defaultH3Options, ...options }
}

export const defaultH3Options: H3Options = Object.freeze({
  maxFieldSectionSize: DEFAULT_MAX_FIELD_SECTION_SIZE,
  maxFields: DEFAULT_MAX_FIELDS,
  qpackMaxTableCapacity: DEFAULT_QPACK_TABLE_CAPACITY,
  qpackBlockedStreams: DEFAULT_QPACK_BLOCKED_STREAMS,
  grease: 0,
})
