import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3Connection, H3ErrorCode } from '../../src/h3/index.ts'
import { type Connection, TransportErrorCode } from '../../src/quic/index.ts'
import type { Random } from '../../src/sim/index.ts'
import { data, fields, frame, headers, request, response, varint } from '../h3/harness.ts'
import { Pair, type Side } from '../quic/support/pair.ts'
import { fuzz, mutate } from './fuzz.ts'

const test = suite('fuzz/h3')
const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0d, 0x21, 0x40, 0xf0700, 2 ** 40]

function randomPiece(random: Random): Uint8Array {
  switch (random.int(9)) {
    case 0:
      return headers(request(random.chance(0.5) ? 'GET' : 'POST'))
    case 1:
      return headers(request('CONNECT', '/', 'content-length: 5'))
    case 2:
      return headers(response(100 + random.int(500)))
    case 3:
      return headers(fields('x-trailer: 1'))
    case 4:
      return data('x'.repeat(random.int(3000)))
    case 5:
      return random.randomBytes(random.int(60))
    case 6:
      return varint(TYPES[random.int(TYPES.length)]!)
    default:
      return frame(TYPES[random.int(TYPES.length)]!, random.randomBytes(random.int(30)))
  }
}

/** The side under test: HTTP/3 over a real connection, with an application that does as it likes. */
class Application {
  readonly h3: H3Connection
  private readonly side: Side
  private readonly random: Random
  private readonly open = new Set<number>()

  constructor(side: Side, random: Random) {
    this.side = side
    this.random = random
    this.h3 = new H3Connection(side.connection)
    this.h3.start()
  }

  turn(now: number): void {
    const { h3, open, random, side } = this
    side.drain()
    for (const event of side.events.get(side.connection)?.splice(0) ?? []) {
      h3.receive(event, now)
      if (event.type === 'closed') this.checkEnd(event.info.errorCode, event.info.remote)
    }
    for (let event = h3.poll(); event !== undefined; event = h3.poll()) {
      if (event.type === 'headers') open.add(event.id)
      if (event.type === 'closed') open.delete(event.id)
    }
    for (const id of open) {
      switch (random.int(6)) {
        case 0:
          if (side.connection.role === 'server') this.respond(id)
          break
        case 1:
          h3.stopReading(id, H3ErrorCode.requestCancelled)
          break
        case 2:
          h3.resetStream(id, H3ErrorCode.internalError)
          break
        default:
          while (h3.readBody(id) !== undefined);
      }
    }
  }

  private respond(id: number): void {
    try {
      this.h3.sendHeaders(id, response(200), false)
      this.h3.sendData(id, new Uint8Array(this.random.int(5000)), this.random.chance(0.5))
    } catch (error) {
      // Our own misuse: there was a response already, or its body is not allowed.
      assert.match(String((error as { code?: string }).code), /^ERR_HTTP3_/)
    }
  }

  private checkEnd(code: number, remote: boolean): void {
    if (remote) return
    assert.is.not(code, TransportErrorCode.internalError)
    assert.is.not(code, H3ErrorCode.internalError, String(this.h3.error?.stack))
  }
}

/** The other side writes what it likes on any stream, correctly encrypted. */
function attack(role: 'client' | 'server', random: Random, seed: number): void {
  const pair = Pair.connected({ seed: seed + 1 })
  const [hostile, victim] =
    role === 'client' ? [pair.client, pair.server] : [pair.server, pair.client]
  const application = new Application(victim, random)
  const connection: Connection = hostile.connection
  const streams: number[] = []
  if (random.chance(0.9)) {
    const control = connection.openStream('uni')!
    connection.write(control, concatBytes([varint(0), frame(4)]), false)
    if (random.chance(0.3)) streams.push(control)
  }
  for (let step = 0; step < 40 && !connection.closed; step++) {
    if (role === 'server') {
      const id = application.h3.request(request(), random.chance(0.7))
      if (id !== undefined) streams.push(id)
      pair.exchange()
    } else if (random.chance(0.5)) {
      const id = connection.openStream('bidi')
      if (id !== undefined) streams.push(id)
    }
    if (random.chance(0.1)) {
      const id = connection.openStream('uni')
      if (id !== undefined) {
        connection.write(id, varint(random.int(5)), false)
        streams.push(id)
      }
    }
    const id = streams[random.int(streams.length)]
    if (id !== undefined) {
      let bytes = concatBytes(Array.from({ length: random.int(4) }, () => randomPiece(random)))
      if (random.chance(0.3)) bytes = mutate(bytes, random)
      try {
        const what = random.int(12)
        if (what === 0) connection.reset(id, random.int(600))
        else if (what === 1) connection.stopSending(id, random.int(600))
        else connection.write(id, bytes, what < 4)
      } catch (error) {
        // It had ended that stream before.
        assert.instance(error, RangeError)
      }
    }
    pair.now += random.int(50)
    pair.exchange()
    application.turn(pair.now)
  }
  pair.settle()
  application.turn(pair.now)
}

fuzz(test, 'a server is not thrown by what a client puts on its streams', 250, (random, seed) =>
  attack('client', random, seed),
)

fuzz(test, 'a client is not thrown by what a server puts on its streams', 250, (random, seed) =>
  attack('server', random, seed),
)

test.run()
