import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { UdpKind } from '../reactor/index.ts'
import type { CryptoProvider } from '../tls13/index.ts'
import { EndpointHost, type EndpointLimits } from './endpoint-host.ts'
import { portOf } from './option-checks.ts'

/** Binds a server's port. Where there is no IPv6, `::` means all of IPv4, as in node:net. */
export async function bindHost(
  host: string,
  port: number,
  crypto: CryptoProvider,
  limits: EndpointLimits,
  udp: UdpKind,
): Promise<EndpointHost> {
  const local = { address: host, port: portOf(port) }
  if (isIP(host) === 0) local.address = (await lookup(host)).address
  try {
    return await EndpointHost.bind(local, crypto, limits, udp)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error
    return EndpointHost.bind({ ...local, address: '0.0.0.0' }, crypto, limits, udp)
  }
}
