import { decodeValue, encodeValue } from './clone.ts'

/** The first frame to a worker's process: what it is. */
export interface StartOrder {
  readonly id: number
  readonly isTaskWorker: boolean
  /** URL of the module with the handlers. */
  readonly module: string
}

export function encodeStartOrder(order: StartOrder): Uint8Array {
  return encodeValue(order)
}

export function decodeStartOrder(payload: Uint8Array): StartOrder {
  return decodeValue(payload) as StartOrder
}
