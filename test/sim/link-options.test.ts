import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { profiles, Random } from '../../src/sim/index.ts'
import { createElements, type LinkOptions } from '../../src/sim/link-options.ts'

const test = suite('sim/link-options')

const names = (options: LinkOptions) =>
  createElements(options, new Random(1)).map(({ name }) => name)

test('no options make no elements', () => {
  assert.equal(names({}), [])
})

test('every option makes its element, own elements come first', () => {
  const own = { name: 'own', receive: () => {} }
  assert.equal(
    names({
      reorder: { rate: 0.1, delay: 1 },
      jitter: 1,
      duplicate: 0.1,
      corrupt: { rate: 0.1 },
      burstLoss: { rate: 0.1, meanBurst: 2 },
      loss: 0.1,
      blackhole: [],
      bandwidth: { bitsPerSecond: 1e6 },
      mtu: 1200,
      drop: [1],
      elements: () => [own],
    }),
    [
      'own',
      'dropList',
      'mtu',
      'bandwidth',
      'blackhole',
      'loss',
      'burstLoss',
      'corrupt',
      'duplicate',
      'delay',
      'reorder',
    ],
  )
})

test('to switch an effect on leaves the draws of the others as they are', () => {
  const lost = (options: LinkOptions) => {
    const loss = createElements(options, new Random(3)).find(({ name }) => name === 'loss')
    const drops: number[] = []
    for (let i = 0; i < 200; i++) {
      const packet = {
        bytes: new Uint8Array(1),
        from: { address: '::', port: 1 },
        to: { address: '::', port: 2 },
        record: undefined,
      }
      loss?.receive(packet, 0, { forward: () => {}, drop: () => drops.push(i), mark: () => {} })
    }
    return drops
  }
  assert.ok(lost({ loss: 0.3 }).length > 0)
  assert.equal(
    lost({ loss: 0.3 }),
    lost({ loss: 0.3, jitter: 4, corrupt: { rate: 0.5 }, bandwidth: { bitsPerSecond: 1e6 } }),
  )
})

test('every profile is possible', () => {
  for (const profile of Object.values(profiles)) createElements(profile, new Random(1))
})

test.run()
