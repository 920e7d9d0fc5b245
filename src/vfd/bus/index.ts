export { Bus, type BusHandler } from './bus.ts'
export { FrameDecoder, type FrameHandler } from './decoder.ts'
export { BusError } from './errors.ts'
export {
  type FrameHead,
  type FrameType,
  frameFlags,
  frameTypes,
  HEAD_LENGTH,
} from './frame.ts'
export { MAX_FRAME_PAYLOAD, MAX_MESSAGE_LENGTH } from './limits.ts'
export { PayloadReader, PayloadWriter } from './payload.ts'
export { type BusSocket, FrameWriter } from './writer.ts'
