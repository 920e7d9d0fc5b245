/** Constants of Linux on the architectures that `loadSocketLibc` takes. */

export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
export const SO_RCVTIMEO = 20
export const SOL_IP = 0
export const IP_MTU_DISCOVER = 10
export const SOL_IPV6 = 41
export const IPV6_MTU_DISCOVER = 23
export const IPV6_V6ONLY = 26
/** DF on whatever is sent, and no size refused for what an ICMP message said: for probes. */
export const PMTUDISC_PROBE = 3

export const SOL_UDP = 17
/** GSO: the bytes of each datagram that the kernel is to make of one message. */
export const UDP_SEGMENT = 103
/** UDP_MAX_SEGMENTS of the kernels that have the fewest. */
export const MAX_SEGMENTS = 64
/** What an IPv4 packet has room for beside its headers. */
export const MAX_UDP_PAYLOAD = 65_507

export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_WAITFORONE = 0x10000

export const EIO = 5
export const EAGAIN = 11
export const EINVAL = 22
export const EMSGSIZE = 90
