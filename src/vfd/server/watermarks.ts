import type { ConnectionRecord } from '../table/record.ts'

export interface WatermarkOptions {
  /** Bytes from which on sends are refused. */
  readonly size: number
  /** Bytes from which on a connection counts as full. */
  readonly high: number
  /** Bytes down to which a full one must get to count as empty. */
  readonly low: number
}

export type PressureChange = 'full' | 'empty' | undefined

/**
 * Takes a new measure of what is queued for a connection into its record. `full` is said once, and
 * once `empty` after it, as Swoole's onBufferFull and onBufferEmpty.
 */
export function applyWatermarks(
  record: ConnectionRecord<unknown>,
  queuedBytes: number,
  { size, high, low }: WatermarkOptions,
): PressureChange {
  record.sendQueuedBytes = queuedBytes
  record.overflow = queuedBytes >= size
  if (!record.highWatermark && queuedBytes >= high) {
    record.highWatermark = true
    return 'full'
  }
  if (record.highWatermark && queuedBytes <= low) {
    record.highWatermark = false
    return 'empty'
  }
  return undefined
}
