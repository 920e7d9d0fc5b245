import type { SocketLibc } from '../../../src/reactor/ffi-port/index.ts'

/** One `sendmsg`: its datagrams, the segment size that it named (0: none) and the port it was for. */
export interface SentMessage {
  readonly fd: number
  readonly iovecs: readonly Uint8Array[]
  readonly segmentSize: number
  readonly port: number
  readonly addressFamily: number
}

const PAGE = 2 ** 20

/**
 * A libc whose memory is that of the buffers that it was asked the address of, and whose network is one
 * list. It reads structures by the offsets of the kernel's headers, not by those of the port.
 */
export class FakeLibc implements SocketLibc {
  readonly messages: SentMessage[] = []
  readonly open = new Set<number>()
  /** What each call is refused with; 0 for not at all. */
  refusal: (message: SentMessage) => number = () => 0
  /** A kernel without GSO ignores the control message. */
  knowsSegments = true
  private readonly buffers: ArrayBufferLike[] = []
  private readonly waiting: { readonly datagram: Uint8Array; readonly from: number }[] = []
  private lastErrno = 0
  private lastFd = 2

  socket(): number {
    this.open.add(++this.lastFd)
    return this.lastFd
  }

  bind(): number {
    return 0
  }

  setsockopt(): number {
    return 0
  }

  close(fd: number): number {
    return this.open.delete(fd) ? 0 : -1
  }

  errno(): number {
    return this.lastErrno
  }

  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number {
    address.set([2, 0, 0, fd, 127, 0, 0, 1])
    length[0] = 16
    return 0
  }

  sendmsg(fd: number, pointer: bigint, flags: number): number {
    if (flags !== 0x40) throw new Error('a call that might wait')
    const message = this.view(Number(pointer), 56)
    const name = this.view(message.pointer(0), message.u32(8))
    const iovecs = Array.from({ length: message.u32(24) }, (_, i) => {
      const iovec = this.view(message.pointer(16) + 16 * i, 16)
      return this.view(iovec.pointer(0), iovec.u32(8)).bytes.slice()
    })
    const sent = {
      fd,
      iovecs,
      segmentSize: message.u32(40) === 0 ? 0 : this.segmentSize(message.pointer(32)),
      port: (name.bytes[2]! << 8) | name.bytes[3]!,
      addressFamily: name.bytes[0]!,
    }
    const errno = this.refusal(sent)
    if (errno !== 0) {
      this.lastErrno = errno
      return -1
    }
    this.messages.push(sent)
    for (const datagram of this.segmentsOf(sent)) this.waiting.push({ datagram, from: fd })
    return iovecs.reduce((total, { length }) => total + length, 0)
  }

  recvmmsg(_fd: number, pointer: bigint, count: number): number {
    let taken = 0
    for (; taken < count && this.waiting.length > 0; taken++) {
      const { datagram, from } = this.waiting.shift()!
      const message = this.view(Number(pointer) + 64 * taken, 64)
      const name = this.view(message.pointer(0), message.u32(8))
      name.bytes.set([2, 0, 0, from, 127, 0, 0, 1])
      const iovec = this.view(message.pointer(16), 16)
      const room = Math.min(datagram.length, iovec.u32(8))
      this.view(iovec.pointer(0), room).bytes.set(datagram.subarray(0, room))
      message.setU32(48, room < datagram.length ? 0x20 : 0)
      message.setU32(56, room)
    }
    if (taken > 0) return taken
    this.lastErrno = 11
    return -1
  }

  addressOf(buffer: ArrayBufferLike): number {
    if (!this.buffers.includes(buffer)) this.buffers.push(buffer)
    return (this.buffers.indexOf(buffer) + 1) * PAGE
  }

  /** A datagram that comes from the socket with that number. */
  arrive(datagram: Uint8Array, from: number): void {
    this.waiting.push({ datagram, from })
  }

  private segmentSize(address: number): number {
    const control = this.view(address, 24)
    // SOL_UDP and UDP_SEGMENT; cmsg_len is that of a u16.
    if (control.u32(0) !== 18 || control.u32(8) !== 17 || control.u32(12) !== 103)
      throw new Error('another control message')
    return control.u32(16) & 0xffff
  }

  /** As the kernel cuts them, whatever the parts were. */
  private segmentsOf({ iovecs, segmentSize }: SentMessage): Uint8Array[] {
    const whole = Uint8Array.from(Buffer.concat(iovecs))
    if (segmentSize === 0 || !this.knowsSegments) return [whole]
    const segments: Uint8Array[] = []
    for (let at = 0; at < whole.length; at += segmentSize)
      segments.push(whole.subarray(at, at + segmentSize))
    return segments
  }

  private view(address: number, length: number) {
    const buffer = this.buffers[Math.floor(address / PAGE) - 1]
    if (buffer === undefined) throw new Error('a pointer to nothing')
    const view = new DataView(buffer, address % PAGE, length)
    return {
      bytes: new Uint8Array(buffer, address % PAGE, length),
      u32: (at: number) => view.getUint32(at, true),
      setU32: (at: number, value: number) => view.setUint32(at, value, true),
      pointer: (at: number) => Number(view.getBigUint64(at, true)),
    }
  }
}
