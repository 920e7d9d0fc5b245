import { requireFfi } from '../../reactor/index.ts'
import { assertLinux, type Libc, libcCalls } from './libc-calls.ts'
import { SyscallMaker } from './syscall-maker.ts'

/** Pairs by node:ffi, which Node has from version 26 on. Throws where there is none. */
export function loadFfi(lowestPeer: number): SyscallMaker {
  assertLinux()
  const ffi = requireFfi()
  const { functions } = ffi.dlopen<Omit<Libc, 'errno'> & { __errno_location(): bigint }>(null, {
    socketpair: { arguments: ['i32', 'i32', 'i32', 'pointer'], return: 'i32' },
    fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  })
  const libc: Libc = {
    socketpair: functions.socketpair,
    fcntl: functions.fcntl,
    close: functions.close,
    errno: () => ffi.getInt32(functions.__errno_location(), 0),
  }
  return new SyscallMaker('ffi', libcCalls(libc), lowestPeer)
}
