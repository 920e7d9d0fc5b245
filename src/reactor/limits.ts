/**
 * Datagrams that a machine is given in one turn, so that one busy socket does not keep timers and
 * other I/O waiting: a millisecond to open and to act upon. libuv reads at most 32 between two turns,
 * a port that reads for itself up to this.
 */
export const MAX_DATAGRAMS_PER_TURN = 128

/** Of these, datagrams of one connection where others wait as well: a third of a millisecond. */
export const MAX_DATAGRAMS_PER_FLOW = 32

/** Datagrams that a connection gives the machine before it is another's turn. */
export const FLOW_QUANTUM = 8

/** Datagrams of one connection that may wait once it has had its share: a burst of a wide window. */
export const MAX_WAITING_PER_FLOW = 256

/**
 * Datagrams that may wait for a turn; more are dropped, as the kernel does when its own buffer is
 * full. A port that hands over more than a turn takes would otherwise fill our memory.
 */
export const MAX_WAITING_DATAGRAMS = 1024

/** Datagrams in a batch: enough to make what a batch costs count for little. */
export const BATCH_CAPACITY = 32

/**
 * Batches of one driver, so also the most that one turn sends: a batch comes back when the port has
 * sent it, after the turn at the earliest.
 */
export const BATCH_COUNT = 4

/** Bytes asked of the kernel for each direction of a socket; it may give less (`net.core.rmem_max`). */
export const SOCKET_BUFFER_SIZE = 4 * 1024 * 1024

/**
 * Datagrams that one `recvmmsg` may bring, for which there is room in all sockets together: as many as
 * libuv reads at most between two turns.
 */
export const RECEIVE_SLOTS = 32

/** Milliseconds that the self-test of ffi waits for a datagram on the loopback. */
export const SELF_TEST_TIMEOUT = 200

/** Remotes whose addresses are remembered in text; a power of two. More only cost time. */
export const REMOTE_TABLE_SIZE = 256

/** The longest that a timer of Node can wait, in ms: a longer one would fire at once. */
export const MAX_TIMER_DELAY = 2 ** 31 - 1

/** Targets of one ready list that are told in one turn: the rest lets timers and I/O in between. */
export const MAX_READY_PER_TURN = 1024

/** Bytes that may wait to be written to one descriptor of a reactor: Swoole's `socket_buffer_size`. */
export const REACTOR_BUFFER_SIZE = 8 * 1024 * 1024
