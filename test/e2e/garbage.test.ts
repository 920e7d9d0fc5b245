/** Garbage, truncations and flipped bits among the datagrams of a transfer between live ends. */
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { Random } from '../../src/sim/index.ts'
import { answerOf, ask, patternBytes } from '../support/http3.ts'
import { type LoadServer, startLoadServer } from '../support/load-server.ts'

const test = suite('e2e/garbage')
let server: LoadServer

test.before(async () => {
  server = await startLoadServer()
})

test.after(async () => {
  const { uncaught } = await server.measure()
  await server.stop()
  assert.equal(uncaught, [])
})

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** What comes along with a datagram, from the same address, each way. */
type Noise = (datagram: Uint8Array, count: number) => Uint8Array[]

/** Passes on what one client and the server say to each other, with noise in front of it. */
async function withNoise(
  noise: Noise,
  action: (origin: string) => Promise<void>,
): Promise<{ passed: number; added: number }> {
  const counts = { passed: 0, added: 0 }
  const front = await bind()
  const back = await bind()
  let clientPort = 0
  const pass = (datagram: Uint8Array, socket: Socket, port: number) => {
    for (const extra of noise(datagram, counts.passed)) {
      counts.added++
      socket.send(extra, port, '127.0.0.1')
    }
    counts.passed++
    socket.send(datagram, port, '127.0.0.1')
  }
  front.on('message', (datagram, { port }) => {
    clientPort = port
    pass(datagram, back, server.port)
  })
  back.on('message', (datagram) => pass(datagram, front, clientPort))
  try {
    await action(`https://127.0.0.1:${front.address().port}`)
  } finally {
    front.close()
    back.close()
  }
  return counts
}

/** Uploads, and compares what comes back. */
async function transfer(origin: string, size: number): Promise<void> {
  const session = connect(origin, { ca: server.ca })
  const sent = patternBytes(size)
  const request = session.request({ ':method': 'POST', ':path': '/echo' })
  request.end(sent)
  const { body } = await answerOf(request)
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  assert.is(digest(body), digest(sent))
  await session.close()
}

function flipBit(datagram: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(datagram)
  flipped[(bit >> 3) % flipped.length]! ^= 1 << (bit & 7)
  return flipped
}

async function assertServing(): Promise<void> {
  const session = connect(server.origin, { ca: server.ca })
  assert.is((await ask(session, { ':path': '/serving' })).body.toString(), '/serving')
  await session.close()
}

test('random bytes between the datagrams of a transfer do it no harm', async () => {
  const random = new Random(1)
  const counts = await withNoise(
    (datagram) => {
      const bytes = random.randomBytes(1 + random.int(1400))
      // Half of it looks like a packet of this connection.
      if (random.chance(0.5)) bytes.set(datagram.subarray(0, Math.min(9, bytes.length)))
      return [bytes]
    },
    // Enough for so many also in the largest datagrams.
    (origin) => transfer(origin, 3_000_000),
  )
  assert.ok(counts.added > 500)
  await assertServing()
})

test('copies with a flipped bit do not hurt the originals', async () => {
  const random = new Random(2)
  const counts = await withNoise(
    (datagram) => [flipBit(datagram, random.int(datagram.length * 8))],
    // Enough for so many also in the largest datagrams.
    (origin) => transfer(origin, 3_000_000),
  )
  assert.ok(counts.added > 500)
  await assertServing()
})

test('every single bit of the first flights may be flipped in a copy', async () => {
  // A bit of each byte of the first datagrams of both sides, those of the handshake. The server tells
  // its versions to copies of another one; nothing authenticates that (RFC 9000 §6.2): it stays whole.
  await withNoise(
    (datagram, count) =>
      count < 4 && Buffer.from(datagram).readUInt32BE(1) !== 0
        ? Array.from(datagram, (_, at) => flipBit(datagram, at * 8 + (at % 8)))
        : [],
    (origin) => transfer(origin, 10_000),
  )
  await assertServing()
})

test('copies cut off at any byte do not hurt the originals', async () => {
  await withNoise(
    (datagram, count) =>
      count < 6 || count === 40
        ? Array.from({ length: datagram.length }, (_, length) => datagram.subarray(0, length))
        : [],
    (origin) => transfer(origin, 200_000),
  )
  await assertServing()
})

test('datagrams that come again, and again later, change nothing', async () => {
  const old: Uint8Array[] = []
  const random = new Random(3)
  await withNoise(
    (datagram) => {
      old.push(Uint8Array.from(datagram))
      return [datagram, old[random.int(old.length)]!]
    },
    (origin) => transfer(origin, 500_000),
  )
  await assertServing()
})

test.run()
