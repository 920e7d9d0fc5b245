import type { Packet } from '../packet.ts'
import { checkAtLeast, type LinkElement, type Outlet } from './element.ts'

/** Drops datagrams of more than `bytes` of UDP payload, silently as a path without ICMP does. */
export class Mtu implements LinkElement {
  readonly name = 'mtu'
  private readonly bytes: number

  constructor(bytes: number) {
    checkAtLeast('mtu', bytes, 1)
    this.bytes = bytes
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    if (packet.bytes.length > this.bytes) out.drop(packet)
    else out.forward(packet, 0)
  }
}
