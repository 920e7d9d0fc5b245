import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import {
  AF_INET,
  AF_INET6,
  IP_MTU_DISCOVER,
  IPV6_MTU_DISCOVER,
  IPV6_V6ONLY,
  PMTUDISC_PROBE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_IP,
  SOL_IPV6,
} from './linux.ts'
import { encodeSockaddr } from './sockaddr.ts'
import type { SocketLibc } from './socket-libc.ts'

export interface FfiSocketOptions {
  /** An IP literal. */
  readonly address: string
  readonly port: number
  readonly ipv6Only: boolean
  /** Whether reading waits; default false. */
  readonly blocking?: boolean
}

/** A UDP socket that libc made and bound, and what is to be known to send on it. */
export class FfiSocket {
  readonly fd: number
  readonly isIPv6: boolean
  /** Whether GSO is used. Not any more once the kernel or a device was found to be without it. */
  segments = true
  /** Datagrams that the kernel refused. */
  refusedCount = 0

  private constructor(fd: number, isIPv6Socket: boolean) {
    this.fd = fd
    this.isIPv6 = isIPv6Socket
  }

  /**
   * Whoever calls this has to see to it that the socket is closed. Throws errors like those of
   * node:dgram (`EADDRINUSE`, …).
   */
  static bind(libc: SocketLibc, options: FfiSocketOptions): FfiSocket {
    const { address, port, ipv6Only, blocking = false } = options
    const v6 = isIPv6(address)
    const type = SOCK_DGRAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK)
    const fd = libc.socket(v6 ? AF_INET6 : AF_INET, type, 0)
    if (fd < 0) throw systemError(libc, 'socket', options)
    // RFC 9000 §14: no fragments. A dual-stack socket needs both, one of IPv4 has no second.
    setOption(libc, fd, SOL_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
    if (v6) setOption(libc, fd, SOL_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
    if (ipv6Only) setOption(libc, fd, SOL_IPV6, IPV6_V6ONLY, 1)
    const sockaddr = encodeSockaddr({ address, port }, v6)
    if (sockaddr === undefined || libc.bind(fd, sockaddr, sockaddr.length) !== 0) {
      const error = systemError(libc, 'bind', options)
      libc.close(fd)
      throw error
    }
    return new FfiSocket(fd, v6)
  }
}

function setOption(libc: SocketLibc, fd: number, level: number, name: number, value: number): void {
  const bytes = new Uint8Array(4)
  bytes[0] = value
  libc.setsockopt(fd, level, name, bytes, bytes.length)
}

function systemError(
  libc: SocketLibc,
  syscall: string,
  { address, port }: FfiSocketOptions,
): NodeJS.ErrnoException {
  const errno = -libc.errno()
  const code = getSystemErrorName(errno)
  const message = `${syscall} ${code} ${address}${port > 0 ? `:${port}` : ''}`
  return Object.assign(new Error(message), { errno, code, syscall, address, port })
}
