import type { LinkElement, Outlet } from './elements/element.ts'
import type { Packet } from './packet.ts'

/** What a link needs of the simulator. */
export interface LinkHost {
  readonly now: number
  at(time: number, action: () => void): void
}

/** One direction of a link: a chain of elements that ends in `deliver`. */
export class Link {
  private readonly first: Stage

  constructor(host: LinkHost, elements: readonly LinkElement[], deliver: (packet: Packet) => void) {
    let next: Stage = { receive: deliver }
    for (let i = elements.length - 1; i >= 0; i--) next = new ElementStage(host, elements[i]!, next)
    this.first = next
  }

  send(packet: Packet): void {
    this.first.receive(packet)
  }
}

interface Stage {
  receive(packet: Packet): void
}

class ElementStage implements Stage, Outlet {
  private readonly host: LinkHost
  private readonly element: LinkElement
  private readonly next: Stage

  constructor(host: LinkHost, element: LinkElement, next: Stage) {
    this.host = host
    this.element = element
    this.next = next
  }

  receive(packet: Packet): void {
    this.element.receive(packet, this.host.now, this)
  }

  forward(packet: Packet, delay: number): void {
    if (delay > 0) this.host.at(this.host.now + delay, () => this.next.receive(packet))
    else this.next.receive(packet)
  }

  drop(packet: Packet): void {
    const { record } = packet
    // Of two copies, one that arrives outweighs one that does not.
    if (record === undefined || record.fate === 'delivered') return
    record.fate = 'dropped'
    record.droppedBy = this.element.name
  }

  mark(packet: Packet): void {
    packet.record?.marks.push(this.element.name)
  }
}
