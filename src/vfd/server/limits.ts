/** What the server of virtual fds keeps for its clients, and how often it looks. */

/** Bytes queued for one connection from which on sends are refused: Swoole's socket_buffer_size. */
export const DEFAULT_SOCKET_BUFFER_SIZE = 8 * 1024 * 1024

/** BUFFER_FULL at this share of it. */
export const DEFAULT_HIGH_WATERMARK_SHARE = 0.8

/** How often, in ms, connections that are full are looked at: sending leaves no event behind. */
export const PRESSURE_INTERVAL = 10

/** Milliseconds that an orderly close leaves to requests in progress and to queued data. */
export const DEFAULT_MAX_WAIT_TIME = 3000

/** Clients of the socket for `tsquic top` at once: they are people of this machine. */
export const MAX_TOP_CLIENTS = 16

/** A question of theirs is a short line. */
export const MAX_TOP_LINE = 1024

/** Rows in one answer, so that a table of 100,000 does not stop the server. */
export const DEFAULT_TOP_ROWS = 100
export const MAX_TOP_ROWS = 1000
