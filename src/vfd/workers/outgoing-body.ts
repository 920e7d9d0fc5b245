import { Deque } from '../../bytes/index.ts'
import { frameTypes, MAX_FRAME_PAYLOAD } from '../bus/index.ts'
import { REQUEST_WINDOW } from './limits.ts'
import type { RequestAddress } from './request-address.ts'

const EMPTY = new Uint8Array(0)

/** Sends a body over the bus, as much as the other end has given credit for; the rest is held. */
export class OutgoingBody {
  private readonly address: RequestAddress
  private readonly held = new Deque<Uint8Array>()
  private credit = REQUEST_WINDOW
  private trailers: Uint8Array | undefined = undefined
  /** The end was asked for; nothing is taken after it. */
  ended = false
  /** The end was sent, or nobody wants the rest. */
  over = false

  constructor(address: RequestAddress) {
    this.address = address
  }

  /** False when the caller should wait for {@link grant} to return true. */
  write(bytes: Uint8Array, end: boolean): boolean {
    if (this.ended || this.over) return true
    this.ended = end
    if (bytes.length > 0) this.held.push(bytes)
    this.flush()
    return this.over || this.hasRoom
  }

  /** Ends the body with trailers, in the bus's form. */
  endWithTrailers(trailers: Uint8Array): void {
    if (this.ended || this.over) return
    this.trailers = trailers
    this.ended = true
    this.flush()
  }

  /** More may be sent. True when there is room again after there was none. */
  grant(bytes: number): boolean {
    const hadRoom = this.hasRoom
    this.credit += bytes
    if (this.over) return false
    this.flush()
    return !hadRoom && this.hasRoom && !this.ended
  }

  /** Nobody wants the rest. */
  abandon(): void {
    this.over = true
    this.held.clear()
    this.trailers = undefined
  }

  private get hasRoom(): boolean {
    return this.credit > 0 && this.held.length === 0
  }

  private flush(): void {
    const { held, address } = this
    while (held.length > 0 && this.credit > 0) {
      const bytes = held.shift()!
      const take = Math.min(bytes.length, this.credit, MAX_FRAME_PAYLOAD)
      this.credit -= take
      if (take < bytes.length) held.unshift(bytes.subarray(take))
      const last = held.length === 0 && this.ended && this.trailers === undefined
      address.send(frameTypes.data, take === bytes.length ? bytes : bytes.subarray(0, take), last)
      if (last) this.over = true
    }
    if (this.over || !this.ended || held.length > 0) return
    this.over = true
    if (this.trailers === undefined) address.send(frameTypes.data, EMPTY, true)
    else address.send(frameTypes.trailers, this.trailers, true)
    this.trailers = undefined
  }
}
