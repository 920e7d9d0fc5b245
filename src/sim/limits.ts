/** Datagrams that a node's `transmit` is given room for at once: small, so that tests meet a full batch. */
export const BATCH_CAPACITY = 16

/** Batches in one turn after which `transmit` is taken to be stuck: far more than any window. */
export const MAX_BATCHES_PER_TURN = 100_000

/** Timeouts of one node in one instant after which its `nextTimeout` is taken to be stuck in the past. */
export const MAX_TIMEOUTS_PER_INSTANT = 1000

/** Events of one run, unless the caller says otherwise: minutes of computing. */
export const DEFAULT_MAX_EVENTS = 50_000_000
