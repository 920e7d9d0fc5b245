import { concatBytes } from '../../src/bytes/index.ts'
import {
  completeH3Options,
  H3Connection,
  type H3Event,
  type H3Options,
} from '../../src/h3/index.ts'
import type { Field } from '../../src/qpack/index.ts'
import { QpackEncoder } from '../../src/qpack/index.ts'
import type { Random } from '../../src/sim/random.ts'
import { createPair, type FakeTransport, moveBytes, type PairOptions } from './transport-pair.ts'

/** `'a: 1'` lines, or `':path: /'`, as fields. */
export function fields(...lines: string[]): Field[] {
  return lines.map((line) => {
    const colon = line.indexOf(':', 1)
    return { name: line.slice(0, colon), value: line.slice(colon + 2) }
  })
}

export function request(method = 'GET', path = '/', ...more: string[]): Field[] {
  return fields(
    `:method: ${method}`,
    ':scheme: https',
    ':authority: example.org',
    `:path: ${path}`,
    ...more,
  )
}

export function response(status = 200, ...more: string[]): Field[] {
  return fields(`:status: ${status}`, ...more)
}

/** The shortest varint, written independently of the code under test. */
export function varint(value: number | bigint): Uint8Array {
  const v = BigInt(value)
  const [prefix, length] =
    v < 64n ? [0n, 1] : v < 16384n ? [1n, 2] : v < 2n ** 30n ? [2n, 4] : [3n, 8]
  const bytes = new Uint8Array(length)
  let rest = v | (prefix << BigInt(length * 8 - 2))
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

export function frame(type: number | bigint, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concatBytes([varint(type), varint(payload.length), payload])
}

/** A HEADERS frame that uses the static table alone. */
export function headers(list: readonly Field[]): Uint8Array {
  return frame(1, new QpackEncoder({ maxTableCapacity: 0 }).encode(0, list))
}

export function data(text: string): Uint8Array {
  return frame(0, new TextEncoder().encode(text))
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** Feeds an `H3Connection` until its transport has nothing left, and collects what it tells. */
export class Peer {
  readonly h3: H3Connection
  readonly transport: FakeTransport
  readonly events: H3Event[] = []
  now = 0

  constructor(transport: FakeTransport, options: Partial<H3Options> = {}) {
    this.transport = transport
    this.h3 = new H3Connection(transport, completeH3Options(options))
    this.h3.start()
  }

  drain(): boolean {
    let moved = false
    for (
      let e = this.transport.events.shift();
      e !== undefined;
      e = this.transport.events.shift()
    ) {
      this.h3.receive(e, this.now)
      moved = true
    }
    for (let e = this.h3.poll(); e !== undefined; e = this.h3.poll()) this.events.push(e)
    return moved
  }

  /** The events of one kind. */
  of<T extends H3Event['type']>(type: T): Extract<H3Event, { type: T }>[] {
    return this.events.filter((e): e is Extract<H3Event, { type: T }> => e.type === type)
  }

  /** All of the body that is there now. */
  readAll(id: number): string {
    const parts: Uint8Array[] = []
    for (let part = this.h3.readBody(id); part !== undefined; part = this.h3.readBody(id))
      parts.push(part)
    this.drain()
    return new TextDecoder().decode(concatBytes(parts))
  }
}

/** Two connections with each other. */
export class Both {
  readonly client: Peer
  readonly server: Peer
  private readonly random: Random | undefined

  constructor(
    options: PairOptions & { client?: Partial<H3Options>; server?: Partial<H3Options> } = {},
  ) {
    const pair = createPair(options)
    this.random = options.random
    this.client = new Peer(pair.client, options.client)
    this.server = new Peer(pair.server, options.server)
  }

  /** Moves one piece and lets both ends handle it. */
  step(): boolean {
    const { client, server } = this
    const order = this.random?.chance(0.5) ? [server, client] : [client, server]
    const moved = order.some((peer) => moveBytes(peer.transport, this.random))
    return [client.drain(), server.drain()].includes(true) || moved
  }

  run(): void {
    while (this.step());
  }
}

/**
 * One connection under test, and the other end of its transport in the hands of the test, which
 * writes frames by hand.
 */
export class Lone extends Peer {
  readonly raw: FakeTransport
  /** The control stream that the test opened. */
  readonly control: number

  /** @param settings the payload of the test's SETTINGS; null: the control stream stays empty */
  constructor(
    role: 'client' | 'server',
    options: Partial<H3Options> = {},
    settings: Uint8Array | null = new Uint8Array(0),
    pairOptions: PairOptions = {},
  ) {
    const pair = createPair(pairOptions)
    super(pair[role], options)
    this.raw = role === 'client' ? pair.server : pair.client
    this.control = this.openUni(0)
    if (settings !== null) this.send(this.control, frame(4, settings))
    this.pump()
  }

  openUni(type: number | bigint): number {
    const id = this.raw.openStream('uni')!
    this.raw.write(id, varint(type), false)
    return id
  }

  /** Writes and lets the connection handle it. */
  send(id: number, data: Uint8Array, fin = false): void {
    this.raw.write(id, data, fin)
    this.pump()
  }

  /** A new request (of the test as a client) with these bytes on it. */
  sendRequest(data: Uint8Array, fin = false): number {
    const id = this.raw.openStream('bidi')!
    this.send(id, data, fin)
    return id
  }

  pump(): void {
    do {
      while (moveBytes(this.raw, undefined));
      while (moveBytes(this.transport, undefined));
    } while (this.drain())
  }

  /** What the connection has sent on a stream so far. */
  sent(id: number): Uint8Array {
    const parts: Uint8Array[] = []
    for (let part = this.raw.read(id); part !== undefined; part = this.raw.read(id))
      parts.push(part)
    return concatBytes(parts)
  }

  get closeCode(): number | undefined {
    return this.transport.closed?.errorCode
  }
}
