/** What an fd is worth when its client moves: with QUIC, and with a connected socket for each client. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../../src/index.ts'
import { ClientSwarm } from '../../support/client-swarm.ts'
import { ask } from '../../support/http3.ts'
import { withRelay } from '../../support/relay.ts'
import { until, withVfdServer, workerModule } from './support.ts'

const test = suite('vfd/server/moving-clients')

const bind = async (): Promise<Socket> => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

test('a UDP socket connected to its client, as DTLS has one for each, is deaf when that moves', async () => {
  const [socket, before, after] = await Promise.all([bind(), bind(), bind()])
  const heard: string[] = []
  socket.on('message', (message) => heard.push(message.toString()))
  socket.connect(before.address().port, '127.0.0.1')
  await once(socket, 'connect')
  const { port } = socket.address()
  // Whether the moved client hears that nobody listens is its system's affair.
  after.on('error', () => {})
  const say = (client: Socket, text: string) =>
    new Promise((resolve) => client.send(text, port, '127.0.0.1', resolve))
  await say(before, 'from the old port')
  await say(after, 'from the new port')
  await say(before, 'from the old port again')
  await until(() => heard.length === 2, 'what comes from the old port')
  assert.equal(heard, ['from the old port', 'from the old port again'])
  for (const each of [socket, before, after]) each.close()
})

test('a QUIC client that moves keeps its fd, session and worker, and its address follows', () =>
  withVfdServer({ workerNum: 2, worker: workerModule }, async (running) => {
    const { server, events } = running
    await withRelay(running.port, {}, async (relayPort, relay) => {
      const session = connect(`https://127.0.0.1:${relayPort}`, { ca: running.ca })
      const { headers } = await ask(session, { ':path': '/worker' })
      const sessionId = Number(headers['x-session'])
      const before = server.getClientInfo(sessionId)!
      const ports: number[] = []
      for (let move = 0; move < 2; move++) {
        const [port] = await relay.rebind()
        assert.is((await ask(session, { ':path': '/bytes/200000' })).body.length, 200_000)
        await until(() => server.getClientInfo(sessionId)?.remotePort === port, 'the new port')
        ports.push(port!)
      }
      assert.is(new Set([before.remotePort, ...ports]).size, 3)
      const after = server.getClientInfo(sessionId)!
      assert.equal([after.vfd, after.workerId], [before.vfd, before.workerId])
      const again = await ask(session, { ':path': '/worker' })
      assert.is(again.headers['x-session'], headers['x-session'])
      assert.is(again.headers['x-worker'], headers['x-worker'])
      assert.is(again.headers['x-pid'], headers['x-pid'])
      assert.equal(events, [`connect ${sessionId}`])
      session.destroy()
    })
  }))

/** What a client's connection keeps of the ids at both ends. */
interface ConnectionIds {
  readonly state: {
    readonly remoteIds: { rotate(): void }
    readonly localIds: {
      get(sequence: number): Uint8Array | undefined
      resetToken(id: Uint8Array): Uint8Array
    }
  }
}

test('a stateless reset of the client closes its session, once', () =>
  withVfdServer(
    {},
    async ({ server, port, events }) => {
      await withRelay(port, {}, async (relayPort, relay) => {
        const swarm = await ClientSwarm.bind(relayPort)
        const [client] = await swarm.open(1)
        assert.is((await client!.get('/')).status, 200)
        const { state } = client!.pump!.connection as unknown as ConnectionIds
        // Who moves under another id is sent to under another one, which has a token (RFC 9000 §9.5).
        // First what is under way has to come to rest, for it bears the old id.
        await relay.silence()
        state.remoteIds.rotate()
        await relay.rebind()
        assert.is((await client!.get('/')).status, 200)
        await until(() => state.localIds.get(0) === undefined, 'another id in use')
        const token = state.localIds.resetToken(state.localIds.get(1)!)
        assert.equal(events, ['connect 1'])
        const stranger = await bind()
        const send = (tail: Uint8Array) =>
          stranger.send(Buffer.concat([Buffer.alloc(30, 0x4f), tail]), port, '127.0.0.1')
        send(token.map((byte) => byte ^ 1))
        send(token)
        send(token)
        await until(() => events.includes('close 1'), 'the end')
        await sleep(50)
        assert.equal(events, ['connect 1', 'close 1'])
        assert.equal(
          [server.exists(1), server.connections.size, server.stats().closeCount],
          [false, 0, 1],
        )
        stranger.close()
        client!.close()
        await swarm.close()
      })
    },
    (server) => server.on('request', (_request, response) => response.end('ok')),
  ))

test.run()
