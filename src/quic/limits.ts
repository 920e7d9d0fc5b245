/**
 * Everything that a peer can make one connection, or the endpoint, keep. Each cap has its reason and
 * a test that hits it.
 */

/** CRYPTO bytes held ahead of what TLS has taken, a level: a certificate chain with room to spare. */
export const MAX_CRYPTO_BUFFER = 64 * 1024

/** The same after the handshake: tickets are small. */
export const MAX_CRYPTO_BUFFER_POST_HANDSHAKE = 16 * 1024

/** Ranges of received packet numbers kept for ACK frames; older ones are forgotten. */
export const MAX_ACK_RANGES = 64

/**
 * Gaps in the received data of one stream, or of one level's CRYPTO data, that may be there whatever lies
 * between them. A peer that sends every other byte is refused beyond it.
 */
export const MAX_STREAM_GAPS = 256

/**
 * Beyond that, bytes that have to be there for each gap: a full queue drops every other datagram of a sender
 * in slow start, thousands in a row. What a gap costs us is less than this, and flow control limits the bytes.
 */
export const MIN_BYTES_PER_GAP = 256

/** Bytes of one stream kept because an acknowledgment is missing, above which its writer has to wait. */
export const MAX_RETAINED_STREAM_BYTES = 16 * 1024 * 1024

/** Packets that came before their keys, and their bytes: reordering of a flight, no more. */
export const MAX_UNDECRYPTABLE_PACKETS = 8
export const MAX_UNDECRYPTABLE_BYTES = 12 * 1024

/** Milliseconds that they are kept: reordering within a flight is over long before. */
export const UNDECRYPTABLE_LIFETIME = 100

/**
 * Packet numbers kept of packets that nobody waits for, behind one that was not acknowledged: a third of
 * a second of ACKs at 50,000 packets a second. Beyond it only probes say what has arrived.
 */
export const MAX_IDLE_NUMBERS = 8192

/** Bytes of a Retry token: it goes into every Initial, which has to hold a ClientHello besides. */
export const MAX_RETRY_TOKEN = 512

/** Packets that one datagram may coalesce: Initial, 0-RTT, Handshake, 1-RTT, and one to spare. */
export const MAX_COALESCED_PACKETS = 5

/** The peer's connection ids that we keep: our active_connection_id_limit. */
export const ACTIVE_CONNECTION_ID_LIMIT = 4

/** RETIRE_CONNECTION_ID frames not yet acknowledged; beyond it the peer is storming. */
export const MAX_PENDING_RETIREMENTS = 2 * ACTIVE_CONNECTION_ID_LIMIT

/**
 * Connection ids of ours that the peer may hold at once, whatever it allows. A retired one is replaced at
 * once, not once a round trip: each RETIRE_CONNECTION_ID counts as a glitch, so that a storm is over soon.
 */
export const MAX_ISSUED_CONNECTION_IDS = 4

/** Characters of a peer's reason phrase that we keep (and bytes of ours that we send). */
export const MAX_REASON_LENGTH = 512

/**
 * PATH_CHALLENGE frames of one path that wait for their answer; each packet that goes out answers all. Not
 * the last one alone: a challenge that is repeated comes with other data, and either may be waited for.
 */
export const MAX_PENDING_PATH_RESPONSES = 4

/** Addresses of a client that we remember at once: the one in use, the one before, and two being tried. */
export const MAX_PATHS = 4

/**
 * Clients and new paths of clients on a port that is also that of a service which reflects, a second and
 * at once, on one endpoint: one in 13,000 clients has such a port by chance.
 */
export const THROTTLED_PORT_RATE_PER_SECOND = 10
export const THROTTLED_PORT_BURST = 20

/** Connections in their handshake at once on one endpoint. */
export const MAX_PENDING_HANDSHAKES = 1024

/** Share of the handshakes that may be pending from which on new clients have to show their address first. */
export const RETRY_THRESHOLD = 0.25

/** Milliseconds from a Retry to the Initial that repeats its token: a round trip, and some lost datagrams. */
export const RETRY_TOKEN_LIFETIME = 10_000

/** Milliseconds by which the clocks of endpoints that share their tokens may differ. */
export const RETRY_TOKEN_CLOCK_SKEW = 1000

/**
 * Retry packets, a second and at once. Each is a tenth of what provoked it, so that nobody gains by
 * having us send them: this bounds what they cost us. At once: clients that all reconnect.
 */
export const RETRY_RATE_PER_SECOND = 2000
export const RETRY_BURST = 1000

/** Handshakes begun in one turn: each costs about a millisecond, and the other connections wait for it. */
export const MAX_HANDSHAKES_PER_TURN = 2

/** Handshakes begun a second, before the owner sets another number; a quarter of it at once. */
export const HANDSHAKES_PER_SECOND = 1000

/** Clients whose handshake waits for its turn: more would be sent again before it is carried out. */
export const MAX_WAITING_CLIENTS = 512

/** Datagrams of a client that waits: a ClientHello with large key shares takes two. */
export const MAX_DATAGRAMS_PER_WAITING_CLIENT = 3

/** Connections at once on one endpoint, before the owner sets another number. */
export const MAX_CONNECTIONS = 100_000

/** Datagrams of one connection sent before another one has its turn. */
export const MAX_DATAGRAMS_PER_TURN = 32

/** Answers without state (Version Negotiation, stateless reset, INVALID_TOKEN), a second and at once. */
export const STATELESS_RATE_PER_SECOND = 100
export const STATELESS_BURST = 200

/** PTO backoff ends here: 2^n times the base, and this many milliseconds. */
export const MAX_PTO_INTERVAL = 60_000

/**
 * Legal but suspicious frames (no progress made): the bucket's size and its refill a second. At
 * zero the connection is closed.
 */
export const GLITCH_BURST = 10_000
export const GLITCH_RATE_PER_SECOND = 330
