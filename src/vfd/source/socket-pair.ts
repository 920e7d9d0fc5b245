import type { Socket } from 'node:net'
import { ignore, writeSignal } from './descriptor-pair.ts'
import type { OwnedPair } from './pair-maker.ts'
import type { VfdKind } from './source.ts'

/**
 * Two streams that libuv owns from the start, because they came to us as such. Neither is ever
 * closed by its number: libuv would close the number's next owner.
 */
export class SocketPair implements OwnedPair {
  readonly kind: VfdKind
  readonly vfd: number
  /** -1 until the internal end has come. */
  peer = -1
  private readonly socket: Socket
  private peerSocket: Socket | undefined = undefined
  private used = false
  /** It was signalled before there was an end to do that with. */
  private signalWaits = false
  private destroyed = false

  /** A vfd whose internal end is on its way: see `complete`. */
  constructor(kind: VfdKind, socket: Socket, vfd: number) {
    this.kind = kind
    this.socket = socket
    this.vfd = vfd
  }

  /** Takes the streams over; undefined, and both closed, when one has no descriptor any more. */
  static join(kind: VfdKind, socket: Socket, peerSocket: Socket): SocketPair | undefined {
    const vfd = descriptorOf(socket)
    const peer = descriptorOf(peerSocket)
    if (vfd === undefined || peer === undefined) {
      for (const end of [socket, peerSocket]) {
        end.on('error', ignore)
        end.destroy()
      }
      return undefined
    }
    keepOpen(socket)
    const pair = new SocketPair(kind, socket, vfd)
    pair.complete(peerSocket)
    return pair
  }

  /** Takes the internal end over. Once. */
  complete(peerSocket: Socket): void {
    keepOpen(peerSocket)
    this.peerSocket = peerSocket
    this.peer = descriptorOf(peerSocket) ?? -1
    if (this.destroyed) peerSocket.destroy()
    else if (this.signalWaits) this.signal()
  }

  open(): Socket {
    this.used = true
    return this.socket
  }

  signal(): boolean {
    this.used = true
    if (this.peerSocket === undefined) {
      this.signalWaits = true
      return !this.socket.destroyed
    }
    return !this.peerSocket.destroyed && writeSignal(this.peer)
  }

  isFresh(): boolean {
    return !this.used && !this.socket.destroyed && this.peerSocket?.destroyed === false
  }

  destroy(): void {
    this.destroyed = true
    this.socket.destroy()
    this.peerSocket?.destroy()
  }
}

/** Neither end frees its number by itself when the other one is gone, or keeps the process alive. */
function keepOpen(end: Socket): void {
  end.allowHalfOpen = true
  end.on('error', ignore)
  end.unref()
}

/** Node tells the number of a stream's descriptor nowhere else. Undefined when it is closed. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle = (socket as unknown as { _handle?: { fd?: number } | null })._handle
  const fd = handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
