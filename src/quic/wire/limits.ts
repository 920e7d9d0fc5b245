/** What a peer can make the parsers keep. The length of a datagram bounds all the rest. */

/** RFC 9000 §17.2: versions 1 and 2 have no longer connection ids. */
export const MAX_CONNECTION_ID_LENGTH = 20

/** RFC 9000 §10.3. */
export const STATELESS_RESET_TOKEN_LENGTH = 16

/**
 * Transport parameters in one extension. Seventeen are defined and stacks send up to about ten of
 * extensions and grease; the ids of unknown ones are kept while parsing to find duplicates.
 */
export const MAX_TRANSPORT_PARAMETERS = 64
