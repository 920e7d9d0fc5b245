/** What a worker can make the master keep by way of its bus, and the other way round. */

/** Payload of one frame; longer messages are cut into chunks. One read of Node's is as long. */
export const MAX_FRAME_PAYLOAD = 64 * 1024

/** A message that has to be whole before it is understood: field sections, tasks, pipe messages. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024

/** Messages of which the end has not come yet, and their bytes together. */
export const MAX_PARTIAL_MESSAGES = 64
export const MAX_PARTIAL_BYTES = 128 * 1024 * 1024

/** Lines of a field section; HTTP/3 lets fewer through by default. */
export const MAX_FIELDS = 10_000
