import { createRequire } from 'node:module'
import { assertLinux, type Libc, libcCalls } from './libc-calls.ts'
import { SyscallMaker } from './syscall-maker.ts'

/** What we use of node:ffi, which the types of Node 20 do not know. */
interface Ffi {
  dlopen(
    path: null,
    functions: Readonly<Record<string, { arguments: readonly string[]; return: string }>>,
  ): { functions: Omit<Libc, 'errno'> & { __errno_location(): bigint } }
  getInt32(pointer: bigint, offset: number): number
}

/** Pairs by node:ffi, which Node has from version 26 on. Throws where there is none. */
export function loadFfi(lowestPeer: number): SyscallMaker {
  assertLinux()
  const ffi = requireFfi()
  const { functions } = ffi.dlopen(null, {
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

/** Without its ExperimentalWarning: there is a fallback for the day that the module changes. */
function requireFfi(): Ffi {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return createRequire(import.meta.url)('node:ffi') as Ffi
  } finally {
    process.emitWarning = emitWarning
  }
}
