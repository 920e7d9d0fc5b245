/** Caps and sizes of virtual fds: what connections can make the server keep, and what is left free. */

/**
 * Descriptors that stay free beside the pairs: files, worker pipes, DNS and the accept path of
 * whatever else runs in the process must not meet EMFILE because of us.
 */
export const FD_RESERVE = 64

/** Emulated numbers start here, above every descriptor that the tables take. */
export const EMULATED_BASE = 2 ** 20

/** Emulated numbers at once: the flat table of them is as long as that of the real ones at most. */
export const MAX_EMULATED = 2 ** 20

/** Slots of the session table. A session id meets its slot again after as many connections. */
export const SESSION_SLOTS = 2 ** 20

/** The longest connection table, and its length when nothing else is asked for. */
export const MAX_CONNECTIONS = 2 ** 20
export const DEFAULT_MAX_CONNECTIONS = 100_000

/** Ids that one `getClientList` returns at most: it copies them while the table cannot change. */
export const MAX_CLIENT_LIST = 100

/** Pairs that one helper process makes. Starting it blocks for 5 to 11 ms with so many pipes. */
export const HELPER_CHUNK = 64

/**
 * Pairs of one refill at most; halved, down to the second number, each time that a refill kept the
 * event loop longer than so many ms, and doubled again when it took less than a quarter of that.
 * Below 32 it is the start of a helper that takes the time, not its pipes.
 */
export const FIRST_REFILL_CHUNK = HELPER_CHUNK
export const MIN_REFILL_CHUNK = 32
export const MAX_REFILL_BLOCK = 15

/** Pairs that a pool keeps ready, before its owner sets another number. */
export const POOL_SIZE = 2 * HELPER_CHUNK

/** Failed refills in a row after which a source is given up, and the pause after the first, in ms. */
export const MAX_REFILL_RETRIES = 3
export const REFILL_BACKOFF = 100

/** How long a helper, or a connect to ourselves, may take before it counts as failed, in ms. */
export const REFILL_TIMEOUT = 10_000

/**
 * Connects to our own Unix socket under way at once: well below the 511 that wait to be accepted,
 * beyond which the system refuses them.
 */
export const MAX_SELF_CONNECTS = 128

/** Accepted connections to it that have not said their secret yet: ours, and some of strangers. */
export const MAX_UNNAMED = MAX_SELF_CONNECTS + 16
