/** What clients can make master and workers keep for requests between them. */

/** Bytes of one body, in one direction, that may be on their way and not yet taken. */
export const REQUEST_WINDOW = 256 * 1024

/** Credit is returned when so much was taken: a frame for each piece would cost more than the piece. */
export const WINDOW_STEP = REQUEST_WINDOW / 4

/**
 * Bytes that wait for a worker's pipe. A worker that has stopped reading has this much given to it, and
 * gets no more requests then.
 */
export const MAX_WORKER_BACKLOG = 64 * 1024 * 1024

/** Tasks that wait for their answer in all task workers together. */
export const MAX_TASKS = 100_000

/** Calls of one worker that wait for the master's answer. */
export const MAX_CALLS = 10_000

/** The pause before a worker that ended early is started again, and what it doubles up to, in ms. */
export const RESTART_DELAY = 100
export const MAX_RESTART_DELAY = 10_000

/** A worker that lived so long after its start, in ms, is started again at once. */
export const STABLE_AFTER = 5_000

/** Milliseconds for a new worker's module to be loaded, `start` included. */
export const START_TIMEOUT = 60_000

/** Bytes of an error's text on its way to the master. */
export const MAX_ERROR_TEXT = 16 * 1024
