import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LinkElement, Packet } from '../../src/sim/index.ts'
import { Link } from '../../src/sim/link.ts'
import { packetOf } from './toys.ts'

const test = suite('sim/link')

class Host {
  now = 0
  readonly actions: { time: number; action: () => void }[] = []

  at(time: number, action: () => void): void {
    this.actions.push({ time, action })
  }
}

const later = (name: string, delay: number): LinkElement => ({
  name,
  receive: (packet, _now, out) => out.forward(packet, delay),
})

test('a link without elements delivers at once', () => {
  const delivered: Packet[] = []
  const link = new Link(new Host(), [], (packet) => delivered.push(packet))
  const packet = packetOf(Uint8Array.of(1))
  link.send(packet)
  assert.equal(delivered, [packet])
})

test('each element gets a packet when the one before it lets go of it', () => {
  const host = new Host()
  const delivered: number[] = []
  const seen: number[] = []
  const spy: LinkElement = {
    name: 'spy',
    receive: (packet, now, out) => {
      seen.push(now)
      out.forward(packet, 0)
    },
  }
  const link = new Link(host, [later('one', 10), spy, later('two', 5)], () =>
    delivered.push(host.now),
  )
  link.send(packetOf(Uint8Array.of(1)))
  assert.equal(seen, [])
  for (let next = host.actions.shift(); next !== undefined; next = host.actions.shift()) {
    host.now = next.time
    next.action()
  }
  assert.equal(seen, [10])
  assert.equal(delivered, [15])
})

test('a packet that is dropped goes no further, and its record names the element', () => {
  const host = new Host()
  const delivered: Packet[] = []
  const black: LinkElement = { name: 'black', receive: (packet, _now, out) => out.drop(packet) }
  const link = new Link(host, [later('first', 0), black], (packet) => delivered.push(packet))
  const packet = packetOf(Uint8Array.of(1))
  const record = {
    sentAt: 0,
    from: packet.from,
    to: packet.to,
    bytes: packet.bytes,
    fate: 'inFlight' as const,
    marks: [],
  }
  link.send({ ...packet, record })
  assert.equal(delivered, [])
  assert.equal(record, { ...record, fate: 'dropped', droppedBy: 'black' })
})

test.run()
