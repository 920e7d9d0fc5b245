import { createRequire } from 'node:module'
import { assertLinux, type Libc, libcCalls } from './libc-calls.ts'
import { SyscallMaker } from './syscall-maker.ts'

interface Koffi {
  load(path: null): { func(prototype: string): (...values: readonly unknown[]) => number }
  errno(): number
}

/** Pairs by the package koffi, if the user installed it. Throws where there is none. */
export function loadKoffi(lowestPeer: number): SyscallMaker {
  assertLinux()
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const lib = koffi.load(null)
  const socketpair = lib.func('int socketpair(int domain, int type, int protocol, _Out_ int *fds)')
  const fcntl = lib.func('int fcntl(int fd, int command, ...)')
  const close = lib.func('int close(int fd)')
  const libc: Libc = {
    socketpair,
    fcntl: (fd, command, argument) => fcntl(fd, command, 'int', argument),
    close,
    errno: () => koffi.errno(),
  }
  return new SyscallMaker('koffi', libcCalls(libc), lowestPeer)
}
