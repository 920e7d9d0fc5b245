/** A04, A05: first Initials from many addresses, none of which goes on, against a running server. */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { DatagramBatch, Endpoint } from '../../src/quic/index.ts'
import { nodeCrypto } from '../../src/tls13/index.ts'
import { ask } from '../support/http3.ts'
import { startLoadServer } from '../support/load-server.ts'

const test = suite('attacks/initial flood')
const MEGABYTE = 1_000_000

/** The first datagrams of clients that do not exist. */
function firstDatagrams(count: number): Uint8Array[] {
  const remote = { address: '127.0.0.1', port: 443 }
  const local = { address: '127.0.0.1', port: 1 }
  const batch = new DatagramBatch(4, () => new Uint8Array(1500))
  return Array.from({ length: count }, () => {
    const endpoint = new Endpoint({ env: { crypto: nodeCrypto, randomBytes } })
    const config = { alpn: ['h3'], serverName: 'localhost', verifyPeer: () => {} }
    endpoint.connect(config, remote, local, 0)
    endpoint.transmit(0, batch)
    const first = batch.datagrams[0]!.slice()
    batch.clear()
    return first
  })
}

async function openSockets(count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'))
  for (const socket of sockets) {
    socket.on('message', () => {})
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  return sockets
}

test('a flood of Initials is bounded in memory, and over when it is over', async () => {
  const server = await startLoadServer({ server: { transport: { handshakeTimeout: 2000 } } })
  const session = connect(server.origin, { ca: server.ca })
  const sockets = await openSockets(50)
  const flood = async (datagrams: readonly Uint8Array[]) => {
    for (const [i, datagram] of datagrams.entries()) {
      sockets[i % sockets.length]!.send(datagram, server.port, '127.0.0.1')
      if (i % 20 === 19) await sleep(2)
    }
  }
  try {
    await ask(session)
    const datagrams = firstDatagrams(2000)
    const forged = datagrams.map((datagram) => {
      const bytes = datagram.slice()
      bytes[bytes.length - 1]! ^= 1
      return bytes
    })
    const before = await server.measure()

    // Not authentic: nothing may be left of them.
    await flood(forged)
    assert.is((await ask(session, { ':path': '/still' })).body.toString(), '/still')
    const afterForged = await server.measure()
    assert.ok(afterForged.heapUsed - before.heapUsed < 5 * MEGABYTE)

    // Authentic, twice as many as there may be handshakes at once.
    let waited = 0
    const asking = (async () => {
      for (let i = 0; i < 20; i++) {
        const started = performance.now()
        await ask(session)
        waited = Math.max(waited, performance.now() - started)
      }
    })()
    await flood(datagrams)
    await asking
    assert.ok(waited < 15_000, `a request took ${waited} ms`)
    const during = await server.measure()
    const grown = during.heapUsed + during.external - before.heapUsed - before.external
    assert.ok(grown < 60 * MEGABYTE, `${grown} bytes for handshakes under way`)
    assert.is(during.connections, 1)
    // Who is where it says it is gets in all the same.
    const early = connect(server.origin, { ca: server.ca })
    assert.is((await ask(early, { ':path': '/early' })).body.toString(), '/early')
    await early.close()

    // The handshakes end; then there is room again.
    await sleep(2500)
    const late = connect(server.origin, { ca: server.ca })
    assert.is((await ask(late, { ':path': '/late' })).body.toString(), '/late')
    await late.close()
    const deadline = performance.now() + 30_000
    let after = await server.measure()
    while (after.heapUsed - before.heapUsed >= 8 * MEGABYTE) {
      assert.ok(performance.now() < deadline, 'something is left of the flood')
      await sleep(500)
      after = await server.measure()
    }
    assert.equal(after.uncaught, [])
  } finally {
    session.destroy()
    for (const socket of sockets) socket.close()
    await server.stop()
  }
})

test.run()
