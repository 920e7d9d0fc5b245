import type { PairCalls } from './syscall-maker.ts'

/** The functions of libc that pairs need, as a foreign function interface hands them over. */
export interface Libc {
  /** Fills `fds`. */
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number
  fcntl(fd: number, command: number, argument: number): number
  close(fd: number): number
  errno(): number
}

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const F_DUPFD_CLOEXEC = 1030

const EINVAL = 22
const errorNames: Readonly<Record<number, string>> = { 23: 'ENFILE', 24: 'EMFILE' }

/**
 * Pairs through libc. The constants are those of Linux on the architectures that Node is built for
 * today; elsewhere they differ (macOS has no flags in the type), and so does the way in which fcntl
 * takes its third argument.
 */
export function libcCalls(libc: Libc): PairCalls {
  const fds = new Int32Array(2)
  return {
    pair(lowestPeer) {
      if (libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) !== 0)
        throw systemError('socketpair', libc.errno())
      const vfd = fds[0]!
      const low = fds[1]!
      const peer = libc.fcntl(low, F_DUPFD_CLOEXEC, lowestPeer)
      const errno = peer < 0 ? libc.errno() : 0
      libc.close(low)
      if (peer < 0) {
        libc.close(vfd)
        throw systemError('fcntl', errno)
      }
      return [vfd, peer]
    },
    close(fd) {
      libc.close(fd)
    },
  }
}

export function assertLinux(): void {
  if (process.platform !== 'linux') throw new Error(`written for Linux, not ${process.platform}`)
}

function systemError(call: string, errno: number): Error {
  // F_DUPFD answers EINVAL when the number asked for is past the limit on descriptors.
  const code = errno === EINVAL ? 'EMFILE' : (errorNames[errno] ?? `errno ${errno}`)
  return Object.assign(new Error(`${call}: ${code}`), { code })
}
