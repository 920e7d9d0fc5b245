/** Connections and the descriptors behind them, as the system sees them. */
import { fstatSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { descriptorLimit, type ServerOptions } from '../../../src/vfd/index.ts'
import { ClientSwarm, type SwarmClient } from '../../support/client-swarm.ts'
import { openSockets, settled } from '../support.ts'
import { type RunningServer, until, withVfdServer } from './support.ts'

const test = suite('vfd/server/descriptors')

/** Pairs are 64 at a time from the helper: enough of them ready, or the rest would be emulated. */
const POOL = 128
const AT_ONCE = 100
const ROUNDS = 10
const PER_ROUND = 200

const real: Partial<ServerOptions> = { vfdSource: 'helper', vfdPoolSize: POOL, strict: true }

/** A test that looks at descriptors, where the system shows them and allows enough of them. */
const onLinux = (name: string, body: () => Promise<void>): void => {
  const reason =
    process.platform !== 'linux'
      ? '/proc is needed to count descriptors'
      : descriptorLimit() < 1024
        ? `ulimit -n is ${descriptorLimit()}, 1024 is needed`
        : undefined
  if (reason === undefined) test(name, body)
  else {
    console.log(`skipped: ${name}: ${reason}`)
    test.skip(name, body)
  }
}

/** Sockets that are neither ready in the pool nor given to a connection. */
const otherSockets = ({ server }: RunningServer): number => {
  const { pooled, live } = server.stats().vfd
  return openSockets().size - 2 * (pooled + live)
}

const withSwarm = (
  options: Partial<ServerOptions>,
  action: (running: RunningServer, swarm: ClientSwarm) => Promise<void>,
): Promise<void> =>
  withVfdServer(options, async (running) => {
    const swarm = await ClientSwarm.bind(running.port)
    try {
      await action(running, swarm)
    } finally {
      await swarm.close()
    }
  })

const poolFull = ({ server }: RunningServer): Promise<void> =>
  until(() => server.stats().vfd.pooled >= POOL, 'a full pool', 60_000)

/** Opens and closes connections, and waits until the server has noticed. */
const closeAll = async ({ server }: RunningServer, clients: SwarmClient[]): Promise<void> => {
  for (const client of clients) client.close()
  await until(() => server.connections.size === 0, 'the ends')
}

onLinux('every connection has a socketpair of its own: two descriptors', () =>
  withSwarm(real, async (running, swarm) => {
    const { server } = running
    await poolFull(running)
    const others = await settled(() => otherSockets(running))
    const clients = await swarm.open(AT_ONCE)
    await until(() => [...server.connections].length === AT_ONCE, 'the connections')
    const vfds = [...server.connections].map((id) => server.getClientInfo(id)!.vfd)
    assert.is(new Set(vfds).size, AT_ONCE)
    assert.ok(vfds.every((vfd) => fstatSync(vfd).isSocket()))
    await poolFull(running)
    const { live, emulated } = server.stats().vfd
    assert.equal([live, emulated], [AT_ONCE, 0])
    await until(() => otherSockets(running) === others, 'two sockets a connection, and the pool’s')
    await closeAll(running, clients)
    await until(() => server.stats().vfd.live === 0, 'no live pair')
    await until(() => otherSockets(running) === others, 'no sockets but those of the pool')
  }),
)

onLinux('without vfdPoolSize 128 pairs are kept ready, and no more', () =>
  withVfdServer({ vfdSource: 'unix' }, async ({ server }) => {
    const pooled = () => server.stats().vfd.pooled
    await until(() => pooled() >= 128, 'a full pool')
    assert.is(await settled(pooled), 128)
  }),
)

onLinux(`${ROUNDS} rounds of ${PER_ROUND} connections leave no descriptor and no event out`, () =>
  withSwarm({ ...real, strict: false }, async (running, swarm) => {
    const { server, events } = running
    await poolFull(running)
    const before = await settled(() => otherSockets(running))
    for (let round = 0; round < ROUNDS; round++) {
      await closeAll(running, await swarm.open(PER_ROUND))
    }
    const { acceptCount, closeCount, sessionRound } = server.stats()
    const total = ROUNDS * PER_ROUND
    assert.equal([acceptCount, closeCount, sessionRound], [total, total, total])
    assert.is(new Set(events).size, 2 * total)
    assert.is(events.length, 2 * total)
    for (let id = 1; id <= total; id++) {
      assert.ok(events.indexOf(`connect ${id}`) < events.indexOf(`close ${id}`))
    }
    await until(() => otherSockets(running) === before, 'as many sockets as before')
  }),
)

onLinux('a program may watch the vfds: with notify fd a byte on them brings the requests', () =>
  withVfdServer(
    { ...real, notify: 'fd' },
    async (running) => {
      const swarm = await ClientSwarm.bind(running.port)
      const clients = await swarm.open(20)
      const answers = await Promise.all(clients.map((client) => client.get('/x')))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.is(running.events.length, 20)
      await closeAll(running, clients)
      assert.is(running.events.length, 40)
      await swarm.close()
    },
    (server) => server.on('request', (_request, response) => response.end('ok')),
  ),
)

for (const scheme of ['socketpair', 'shared', 'session'] as const) {
  test(`the scheme ${scheme} serves, and knows its connections by session id`, () =>
    withVfdServer(
      { scheme },
      async (running) => {
        const { server, events, port } = running
        const swarm = await ClientSwarm.bind(port)
        const clients = await swarm.open(3)
        const answers = await Promise.all(clients.map((client) => client.get('/x')))
        assert.equal(
          answers.map(({ status, length }) => [status, length]),
          [
            [200, 2],
            [200, 2],
            [200, 2],
          ],
        )
        const vfds = [1, 2, 3].map((id) => server.getClientInfo(id)?.vfd)
        assert.is(new Set(vfds).size, scheme === 'shared' ? 1 : 3)
        assert.ok(server.close(2))
        assert.not(server.exists(2))
        await closeAll(running, clients)
        assert.is(events.filter((event) => event.startsWith('close')).length, 3)
        await swarm.close()
      },
      (server) => server.on('request', (_request, response) => response.end('ok')),
    ))
}

test.run()
