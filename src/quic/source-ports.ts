import { TokenBucket } from '../bytes/index.ts'
import { THROTTLED_PORT_BURST, THROTTLED_PORT_RATE_PER_SECOND } from './limits.ts'

/**
 * UDP services that answer whoever asks, mostly with more than they were asked, and 0, which nobody can
 * answer. A datagram from there is forged or itself an answer: what we sent to it would make us a
 * reflector, or set two services to talk to each other for ever (RFC 9000 §21.5). All are below 1024,
 * where no client's port and no NAT's is.
 */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, // reserved
  17, // quote of the day
  19, // chargen
  53, // DNS
  111, // portmapper
  123, // NTP
  137, // NetBIOS names
  138, // NetBIOS datagrams
  161, // SNMP
  389, // CLDAP
  500, // IKE
])

/** The same of ports that a client can have by chance: a few a second are heard. */
const THROTTLED_PORTS: ReadonlySet<number> = new Set([
  1900, // SSDP
  3702, // WS-Discovery
  5353, // multicast DNS
  5355, // LLMNR
  11211, // memcached
])

export function isBlockedPort(port: number): boolean {
  return BLOCKED_PORTS.has(port)
}

/** Which ports an endpoint takes up with, of those that it did not choose itself. */
export class SourcePorts {
  private readonly bucket = new TokenBucket(THROTTLED_PORT_BURST, THROTTLED_PORT_RATE_PER_SECOND, 0)

  /** Whether a client, or a new path of one, may be heard from there. Each yes for a throttled port counts. */
  admits(port: number, now: number): boolean {
    if (BLOCKED_PORTS.has(port)) return false
    return !THROTTLED_PORTS.has(port) || this.bucket.take(1, now)
  }
}
