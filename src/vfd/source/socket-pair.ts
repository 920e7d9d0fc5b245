import { Socket } from 'node:net'
import { writeSignal } from './descriptor-pair.ts'
import type { OwnedPair } from './pair-maker.ts'
import type { VfdKind } from './source.ts'
import { bareEnd, closeEnd, descriptorOf, openEnd, type StreamEnd } from './stream-end.ts'

/**
 * Two ends that libuv owns from the start, because they came to us as streams. The vfd is a stream
 * again when someone wants to watch it.
 */
export class SocketPair implements OwnedPair {
  readonly kind: VfdKind
  readonly vfd: number
  /** -1 until the internal end has come. */
  peer = -1
  private end: StreamEnd
  private peerEnd: StreamEnd | undefined = undefined
  private used = false
  /** It was signalled before there was an end to do that with. */
  private signalWaits = false
  private destroyed = false

  /** A vfd whose internal end is on its way: see `complete`. */
  constructor(kind: VfdKind, end: StreamEnd, vfd: number) {
    this.kind = kind
    this.end = end
    this.vfd = vfd
  }

  /** Takes the ends over; undefined, and both closed, when one has no descriptor any more. */
  static join(kind: VfdKind, end: StreamEnd, peerEnd: StreamEnd): SocketPair | undefined {
    const vfd = descriptorOf(end)
    if (vfd === undefined || descriptorOf(peerEnd) === undefined) {
      closeEnd(end)
      closeEnd(peerEnd)
      return undefined
    }
    const pair = new SocketPair(kind, end, vfd)
    pair.complete(peerEnd)
    return pair
  }

  /** Takes the internal end over. Once. */
  complete(peerEnd: StreamEnd): void {
    this.peerEnd = peerEnd
    this.peer = descriptorOf(peerEnd) ?? -1
    if (this.destroyed) closeEnd(peerEnd)
    else if (this.signalWaits) this.signal()
    else if (!this.used && this.end instanceof Socket) this.end = bareEnd(this.end)
  }

  open(): Socket {
    this.used = true
    const socket = openEnd(this.end)
    this.end = socket
    return socket
  }

  signal(): boolean {
    this.used = true
    if (this.peerEnd === undefined) {
      this.signalWaits = true
      return descriptorOf(this.end) !== undefined
    }
    return descriptorOf(this.peerEnd) !== undefined && writeSignal(this.peer)
  }

  isFresh(): boolean {
    const { end, peerEnd, used } = this
    if (used || peerEnd === undefined) return false
    return descriptorOf(end) !== undefined && descriptorOf(peerEnd) !== undefined
  }

  destroy(): void {
    this.destroyed = true
    closeEnd(this.end)
    if (this.peerEnd !== undefined) closeEnd(this.peerEnd)
  }
}
