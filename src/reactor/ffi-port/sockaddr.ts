import { isIPv4, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { formatIpAddress, parseIpAddress } from '../../bytes/index.ts'
import type { SocketAddress } from '../../quic/index.ts'
import { AF_INET, AF_INET6 } from './linux.ts'
import { SOCKADDR_SIZE } from './message-layout.ts'

const IPV4_LENGTH = 16
const MAPPED_IPV4 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/**
 * An address as a `struct sockaddr_in`, or for a socket of IPv6 a `struct sockaddr_in6`, which has IPv4
 * addresses mapped. Undefined for what such a socket cannot send to.
 */
export function encodeSockaddr(
  remote: SocketAddress,
  isIPv6Socket: boolean,
): Uint8Array | undefined {
  const { address, port } = remote
  const [literal = '', zone] = address.split('%', 2)
  if (!isIPv4(literal) && !isIPv6(literal)) return undefined
  const ip = parseIpAddress(literal)
  if (ip === undefined) return undefined
  const sockaddr = new Uint8Array(isIPv6Socket ? SOCKADDR_SIZE : IPV4_LENGTH)
  sockaddr[0] = isIPv6Socket ? AF_INET6 : AF_INET
  sockaddr[2] = port >>> 8
  sockaddr[3] = port
  if (!isIPv6Socket) {
    if (ip.length !== 4) return undefined
    sockaddr.set(ip, 4)
  } else if (ip.length === 4) {
    sockaddr.set(MAPPED_IPV4, 8)
    sockaddr.set(ip, 20)
  } else {
    sockaddr.set(ip, 8)
    const scope = zone === undefined ? 0 : scopeOf(zone)
    if (scope === undefined) return undefined
    new DataView(sockaddr.buffer).setUint32(24, scope, true)
  }
  return sockaddr
}

/** As dgram writes it, but for mapped IPv4, which is written as IPv4. */
export function decodeSockaddr(sockaddr: Uint8Array): SocketAddress {
  const port = (sockaddr[2]! << 8) | sockaddr[3]!
  if (sockaddr[0] === AF_INET) return { address: formatIpAddress(sockaddr.subarray(4, 8)), port }
  const ip = sockaddr.subarray(8, 24)
  if (MAPPED_IPV4.every((byte, i) => ip[i] === byte))
    return { address: formatIpAddress(ip.subarray(12)), port }
  const address = formatIpAddress(ip)
  const scope = new DataView(sockaddr.buffer, sockaddr.byteOffset).getUint32(24, true)
  const isLinkLocal = ip[0] === 0xfe && (ip[1]! & 0xc0) === 0x80
  if (scope === 0 || !isLinkLocal) return { address, port }
  return { address: `${address}%${zoneOf(scope)}`, port }
}

/** Of an interface, by its name or its number; undefined if there is none. */
function scopeOf(zone: string): number | undefined {
  if (/^\d+$/.test(zone)) return Number(zone)
  return networkInterfaces()[zone]?.find(isScoped)?.scopeid
}

function zoneOf(scope: number): string {
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    if (addresses?.some((address) => isScoped(address) && address.scopeid === scope)) return name
  return String(scope)
}

function isScoped({ scopeid }: { readonly scopeid?: number }): boolean {
  return scopeid !== undefined && scopeid > 0
}
