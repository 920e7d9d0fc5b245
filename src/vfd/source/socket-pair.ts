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
  readonly peer: number
  private readonly socket: Socket
  private readonly peerSocket: Socket
  private used = false

  private constructor(
    kind: VfdKind,
    socket: Socket,
    vfd: number,
    peerSocket: Socket,
    peer: number,
  ) {
    this.kind = kind
    this.socket = socket
    this.vfd = vfd
    this.peerSocket = peerSocket
    this.peer = peer
  }

  /** Takes the streams over; undefined, and both closed, when one has no descriptor any more. */
  static join(kind: VfdKind, socket: Socket, peerSocket: Socket): SocketPair | undefined {
    const vfd = descriptorOf(socket)
    const peer = descriptorOf(peerSocket)
    for (const end of [socket, peerSocket]) {
      // Or they would free their numbers by themselves when the other one is gone.
      end.allowHalfOpen = true
      end.on('error', ignore)
      end.unref()
    }
    if (vfd !== undefined && peer !== undefined)
      return new SocketPair(kind, socket, vfd, peerSocket, peer)
    socket.destroy()
    peerSocket.destroy()
    return undefined
  }

  open(): Socket {
    this.used = true
    return this.socket
  }

  signal(): boolean {
    this.used = true
    return !this.peerSocket.destroyed && writeSignal(this.peer)
  }

  isFresh(): boolean {
    return !this.used && !this.socket.destroyed && !this.peerSocket.destroyed
  }

  destroy(): void {
    this.socket.destroy()
    this.peerSocket.destroy()
  }
}

/** Node tells the number of a stream's descriptor nowhere else. Undefined when it is closed. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle = (socket as unknown as { _handle?: { fd?: number } | null })._handle
  const fd = handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
