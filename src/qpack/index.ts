export { QpackDecoder, type QpackDecoderOptions, type UnblockedSection } from './decoder.ts'
export { QpackEncoder, type QpackEncoderOptions } from './encoder.ts'
export {
  FieldSectionTooLargeError,
  QPACK_DECODER_STREAM_ERROR,
  QPACK_DECOMPRESSION_FAILED,
  QPACK_ENCODER_STREAM_ERROR,
  QpackError,
} from './errors.ts'
export type { Field } from './field.ts'
