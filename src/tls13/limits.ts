/** Caps on what a peer can make this layer keep or work on, each with its reason. */

/**
 * One handshake message of a server: a certificate chain of eight 4 KiB certificates has room in it
 * twice. The largest flight that common clients accept is of this size.
 */
export const MAX_HANDSHAKE_MESSAGE = 64 * 1024

/** All handshake bytes of a peer at one level: not more than its one large message and the small ones. */
export const MAX_LEVEL_BYTES = 64 * 1024

/** A ClientHello comes from an address that may be forged; 16 KiB are eight times the largest in use. */
export const MAX_CLIENT_HELLO = 16 * 1024

/** Messages after the handshake are tickets of a few hundred bytes. */
export const MAX_POST_HANDSHAKE_MESSAGE = 16 * 1024

/** Tickets are read and thrown away; a server that keeps sending them has no legal purpose. */
export const MAX_NEW_SESSION_TICKETS = 64

/** Certificates that are parsed from one message. */
export const MAX_CERTIFICATES = 16

/** Bits of an RSA modulus: verifying grows with its square, and the peer chooses the key. */
export const MAX_RSA_BITS = 8192

/** A public exponent above this makes verifying as slow as signing. */
export const MAX_RSA_EXPONENT = 0xffffffffn
