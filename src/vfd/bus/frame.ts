/**
 * A frame on the bus, little-endian: u32 length of what follows it, then Swoole's DataHead of 40 bytes
 * (fd i64, here the session id; msg_id u64; len u32, the length of the whole message; reactor_id i16;
 * type u8; flags u8; server_fd u16; ext_flags u16; reserved u32; time f64), u64 stream id (QUIC's have
 * 62 bits, no field of DataHead does), and the payload.
 */

/** Bytes of a frame before its payload. */
export const HEAD_LENGTH = 4 + 40 + 8

export const frameTypes = {
  /** A request, or a response's final headers. A request carries what the connection is, too. */
  headers: 1,
  informational: 2,
  /** A part of a body: no message, but a stream that comes as it is cut. */
  data: 3,
  trailers: 4,
  /** Abandons what the sender still sends; `value` is the code. To a worker: the whole request. */
  reset: 5,
  /** The sender wants no more of the other direction's body; `value` is the code. */
  stop: 6,
  /** Credit: `value` bytes more of a body may come. */
  window: 7,
  connect: 8,
  /** To a worker: it is over. From one: end it at once. */
  close: 9,
  task: 10,
  finish: 11,
  pipeMessage: 12,
  call: 13,
  reply: 14,
  /** A handler threw. */
  failure: 15,
  /** To a worker, the first frame: what it is and which module it runs. */
  start: 16,
  ready: 17,
  /** To a worker: finish and leave. From one: it wants to. */
  shutdown: 18,
} as const

export type FrameType = (typeof frameTypes)[keyof typeof frameTypes]

export const LAST_FRAME_TYPE = frameTypes.shutdown

export const frameFlags = {
  chunk: 1,
  begin: 2,
  end: 4,
  /** Nothing follows in this direction of the request. */
  fin: 8,
  /** The answer, or the reason to close, is an error. */
  error: 16,
} as const

/** The fields of a frame. One object serves all frames of a decoder: nobody keeps it. */
export class FrameHead {
  /** Of the payload in this frame. */
  payloadLength = 0
  sessionId = 0
  /** The request's number, or the task's, message's or call's. */
  messageId = 0
  /** Of the whole message. */
  messageLength = 0
  /** The worker that a task or message is for (to the master) or from (to a worker); -1 none. */
  workerId = -1
  type = 0
  flags = 0
  value = 0
  /** When the frame was written: seconds since the epoch, as in DataHead. */
  time = 0
  streamId = 0
}

const TWO_32 = 0x1_0000_0000

/** Reads what {@link HEAD_LENGTH} bytes at `at` say; they are there. */
export function readHead(bytes: Buffer, at: number, head: FrameHead): void {
  head.payloadLength = bytes.readUInt32LE(at) - (HEAD_LENGTH - 4)
  head.sessionId = readInteger(bytes, at + 4)
  head.messageId = readInteger(bytes, at + 12)
  head.messageLength = bytes.readUInt32LE(at + 20)
  head.workerId = bytes.readInt16LE(at + 24)
  head.type = bytes[at + 26]!
  head.flags = bytes[at + 27]!
  head.value = bytes.readUInt32LE(at + 32)
  head.time = bytes.readDoubleLE(at + 36)
  head.streamId = readInteger(bytes, at + 44)
}

export function writeHead(bytes: Buffer, at: number, head: FrameHead): void {
  bytes.writeUInt32LE(head.payloadLength + HEAD_LENGTH - 4, at)
  writeInteger(bytes, at + 4, head.sessionId)
  writeInteger(bytes, at + 12, head.messageId)
  bytes.writeUInt32LE(head.messageLength, at + 20)
  bytes.writeInt16LE(head.workerId, at + 24)
  bytes[at + 26] = head.type
  bytes[at + 27] = head.flags
  bytes.writeUInt32LE(0, at + 28)
  bytes.writeUInt32LE(head.value, at + 32)
  bytes.writeDoubleLE(head.time, at + 36)
  writeInteger(bytes, at + 44, head.streamId)
}

/** Above 2^53 it is not exact; none of ours is. */
function readInteger(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * TWO_32 + bytes.readUInt32LE(at)
}

function writeInteger(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % TWO_32, at)
  bytes.writeUInt32LE(Math.floor(value / TWO_32), at + 4)
}
