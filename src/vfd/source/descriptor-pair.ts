import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { errorCode, type OwnedPair } from './pair-maker.ts'
import type { VfdKind } from './source.ts'

const ONE_BYTE = new Uint8Array(1)

/**
 * One byte into a descriptor. A full buffer counts as written: whoever reads finds something.
 * False when nobody is at the other end.
 */
export function writeSignal(fd: number): boolean {
  try {
    writeSync(fd, ONE_BYTE)
    return true
  } catch (error) {
    return errorCode(error) === 'EAGAIN'
  }
}

/** Two bare descriptors; the vfd gets a stream when someone wants to watch it. */
export class DescriptorPair implements OwnedPair {
  readonly kind: VfdKind
  readonly vfd: number
  readonly peer: number
  private readonly closeFd: (fd: number) => void
  private socket: Socket | undefined = undefined
  private used = false

  constructor(kind: VfdKind, vfd: number, peer: number, closeFd: (fd: number) => void) {
    this.kind = kind
    this.vfd = vfd
    this.peer = peer
    this.closeFd = closeFd
  }

  open(): Socket {
    if (this.socket === undefined) {
      this.used = true
      // From here on libuv owns the vfd: it alone closes it.
      this.socket = new Socket({
        fd: this.vfd,
        readable: true,
        writable: true,
        // Or it would free the number by itself when the internal end is gone.
        allowHalfOpen: true,
      })
      this.socket.unref()
      this.socket.on('error', ignore)
    }
    return this.socket
  }

  signal(): boolean {
    this.used = true
    return writeSignal(this.peer)
  }

  isFresh(): boolean {
    return !this.used
  }

  destroy(): void {
    if (this.socket !== undefined) this.socket.destroy()
    else this.closeFd(this.vfd)
    this.closeFd(this.peer)
  }
}

/** Errors of a vfd are followed by 'close', which is what a reactor looks at. */
export function ignore(): void {}
