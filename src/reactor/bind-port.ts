import cluster from 'node:cluster'
import { DgramPort, type DgramPortOptions } from './dgram-port.ts'
import { FfiCalls, FfiPort, loadSocketLibc, selfTest } from './ffi-port/index.ts'
import type { UdpPort } from './udp-port.ts'

/** What moves datagrams: node:dgram, node:ffi, or the better one of those that work here. */
export const udpKinds = ['auto', 'dgram', 'ffi'] as const
export type UdpKind = (typeof udpKinds)[number]

export interface PortOptions extends DgramPortOptions {
  /** Default `auto`. */
  readonly udp?: UdpKind
}

/** The calls, or why there are none: tried once in a process. */
let tried: FfiCalls | Error | undefined

/**
 * Binds a socket. Rejects with the error of the system (`EADDRINUSE`, `EACCES`, …), a `TypeError`, or
 * with `ERR_QUIC_UDP_UNAVAILABLE` where ffi is asked for and does not work.
 */
export async function bindPort(options: PortOptions = {}): Promise<UdpPort> {
  const { udp = 'auto' } = options
  // There a socket may have to be shared with other processes, which dgram arranges.
  if (udp === 'dgram' || (udp === 'auto' && cluster.isWorker)) return DgramPort.bind(options)
  tried ??= tryFfi()
  if (!(tried instanceof Error)) return FfiPort.bind(tried, options)
  if (udp === 'auto') return DgramPort.bind(options)
  throw Object.assign(
    new Error(`UDP by node:ffi does not work here: ${tried.message}`, { cause: tried }),
    { code: 'ERR_QUIC_UDP_UNAVAILABLE' },
  )
}

function tryFfi(): FfiCalls | Error {
  try {
    const calls = new FfiCalls(loadSocketLibc())
    selfTest(calls)
    return calls
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
