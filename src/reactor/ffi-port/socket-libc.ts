import { requireFfi } from '../node-ffi.ts'

/** The functions of libc that a port needs, and what it takes to hand them memory. */
export interface SocketLibc {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  /** Fills `address`; `length` says how long it is, then how long what was filled in is. */
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  close(fd: number): number
  sendmsg(fd: number, message: bigint, flags: number): number
  recvmmsg(fd: number, messages: bigint, count: number, flags: number, timeout: bigint): number
  /** Of the call that has just failed. */
  errno(): number
  /** Where a buffer is, for as long as it lives: an exact number. */
  addressOf(buffer: ArrayBufferLike): number
}

/** Those whose structures are laid out as in `message-layout.ts`, and whose constants are ours. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64']

/** Throws where the system is another one, or has no node:ffi. */
export function loadSocketLibc(): SocketLibc {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch))
    throw new Error(
      `written for Linux on ${ARCHITECTURES.join(' and ')}, not ${process.platform} on ${process.arch}`,
    )
  const ffi = requireFfi()
  // The results of sendmsg and recvmmsg fit into 32 bits; 64 would be a BigInt each.
  const { functions } = ffi.dlopen<
    Omit<SocketLibc, 'errno' | 'addressOf'> & { __errno_location(): bigint }
  >(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
    getsockname: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
    setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
    sendmsg: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
    recvmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32', 'pointer'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  })
  return {
    socket: functions.socket,
    bind: functions.bind,
    getsockname: functions.getsockname,
    setsockopt: functions.setsockopt,
    close: functions.close,
    sendmsg: functions.sendmsg,
    recvmmsg: functions.recvmmsg,
    errno: () => ffi.getInt32(functions.__errno_location(), 0),
    addressOf(buffer) {
      const address = Number(ffi.getRawPointer(buffer))
      if (!Number.isSafeInteger(address)) throw new Error('an address beyond 53 bits')
      return address
    },
  }
}
