/** A13, A16: datagrams of impossible sizes, and errors that the network reports on a socket. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { ask, failureOf, withServer } from '../support/http3.ts'

const test = suite('attacks/odd datagrams')

async function withSocket(action: (socket: Socket) => Promise<void>): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  try {
    await action(socket)
  } finally {
    socket.close()
  }
}

const send = (socket: Socket, bytes: Uint8Array, port: number) =>
  new Promise<void>((resolve, reject) => {
    socket.send(bytes, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)))
  })

test('datagrams of no byte, of one and of 64 KiB are dropped, at the server and at the client', () =>
  withServer(
    (request, response) => response.end(request.url),
    async (session, { server }) => {
      await ask(session)
      const sizes = [0, 1, 2, 7, 1199, 1200, 9001, 65_507]
      await withSocket(async (socket) => {
        let answers = 0
        socket.on('message', () => answers++)
        for (const size of sizes)
          for (const first of [0x00, 0x40, 0x7f, 0x80, 0xc0, 0xff]) {
            const bytes = new Uint8Array(size).fill(first, 0, 1)
            await send(socket, bytes, server.address()!.port)
            await send(socket, bytes, session.local.port)
          }
        assert.is((await ask(session, { ':path': '/after' })).body.toString(), '/after')
        // A version that is not ours is told so, an unknown connection is reset: fewer than came.
        assert.ok(answers < sizes.length * 6)
        assert.is(server.connections, 1)
      })
    },
  ))

test('a port where nobody listens is a time-out of the handshake, and nothing else', async () => {
  let port = 0
  await withSocket(async (socket) => {
    port = socket.address().port
  })
  const session = connect(`https://127.0.0.1:${port}`, { transport: { handshakeTimeout: 500 } })
  assert.is((await failureOf(ask(session))).code, 'ERR_QUIC_HANDSHAKE_TIMEOUT')
})

test('a server whose client vanished goes on with the others', () =>
  withServer(
    (_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(10_000)), 5)
      response.on('close', () => clearInterval(timer))
      response.on('error', () => {})
    },
    async (session, context) => {
      const vanishing = connect(context.origin, { ca: context.ca })
      const request = vanishing.request()
      request.on('error', () => {})
      await once(request, 'response')
      // Its socket goes without a word; from then on the kernel answers the server with ICMP.
      await vanishing['host']!['driver']['port'].close()
      const other = session.request()
      other.on('error', () => {})
      let received = 0
      for await (const chunk of other) {
        received += chunk.length
        if (received > 1_000_000) break
      }
      assert.is(context.server.connections, 2)
    },
  ))

test.run()
