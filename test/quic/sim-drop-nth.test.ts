import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './sim-world.ts'

const test = suite('quic/sim: one datagram is lost')

const delay = 20

for (const [direction, name] of [
  ['ab', 'client to server'],
  ['ba', 'server to client'],
] as const) {
  test(`1 MB crosses each way whichever of the first 20 from ${name} is lost`, () => {
    for (let number = 1; number <= 20; number++) {
      const lossy = { delay, drop: [number] }
      const link = direction === 'ab' ? { ab: lossy, ba: { delay } } : { ab: { delay }, ba: lossy }
      const world = new World({ seed: number, link, trace: true })
      world.runToEnd(30_000)
      assert.is(world.failure, undefined, `number ${number}`)
      const dropped = world.simulator.trace.filter(({ fate }) => fate === 'dropped')
      assert.is(dropped.length, 1, `number ${number}`)
    }
  })
}

test('nothing is sent twice where nothing is lost', () => {
  const world = new World({ seed: 1, link: { delay } })
  world.runToEnd(30_000)
  for (const { connection } of [world.client, world.server])
    assert.is(connection.stats.packetsLost, 0)
})

test('any two of the first seven datagrams may be lost together, in both directions', () => {
  for (let first = 1; first <= 6; first++) {
    for (let second = first + 1; second <= 7; second++) {
      const lossy = { delay, drop: [first, second] }
      const world = new World({ seed: 1, link: lossy, total: 20_000 })
      world.runToEnd(30_000)
      assert.is(world.failure, undefined, `${first} and ${second}`)
    }
  }
})

test.run()
