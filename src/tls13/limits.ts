/** Caps on what a peer can make this layer keep or work on, each with its reason. */

/** A ClientHello comes from an address that may be forged; 16 KiB are eight times the largest in use. */
export const MAX_CLIENT_HELLO = 16 * 1024

/**
 * All handshake bytes of one peer, and so also its largest message: a chain of eight certificates of
 * 4 KiB fits in twice.
 */
export const MAX_HANDSHAKE_BYTES = 64 * 1024

/** Messages after the handshake are tickets of a few hundred bytes. */
export const MAX_POST_HANDSHAKE_MESSAGE = 16 * 1024

/** Certificates that are parsed out of one message; real chains have two to four. */
export const MAX_CERTIFICATES = 16

/** Bits of an RSA modulus: verifying grows with its square, and the peer chooses the key. */
export const MAX_RSA_BITS = 8192

/** Bits of an RSA modulus: below this it is refused as weak (NIST SP 800-131A). */
export const MIN_RSA_BITS = 2048

/** With a public exponent of 1, a signature is what it signs. */
export const MIN_RSA_EXPONENT = 3n

/** With a public exponent above this, verifying costs as much as signing. */
export const MAX_RSA_EXPONENT = 0xffffffffn

/**
 * Packet keys, of all connections, that are kept ready to be fast: 3 KB each. A connection that has been
 * busy may be idle for ever after.
 */
export const MAX_BUSY_KEYS = 4096

/** Public keys kept imported, for servers and authorities met again; a peer can only push others out. */
export const MAX_IMPORTED_KEYS = 64

/**
 * Random scalars tried for a key share. One is out of range once in 2^32 times at most; a source that
 * gives such often is broken.
 */
export const MAX_SCALAR_TRIES = 8
