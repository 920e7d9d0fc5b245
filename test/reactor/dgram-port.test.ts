import type { Socket } from 'node:dgram'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DgramPort } from '../../src/reactor/index.ts'
import { addPortBehaviours } from './port-behaviours.ts'

const test = suite('reactor/dgram-port')

addPortBehaviours(test, {
  bind: (options) => DgramPort.bind(options),
  socketOf: (port) => (port as unknown as { socket: Socket }).socket,
})

test('what is too large for the path may be sent in fragments', async () => {
  const port = await DgramPort.bind({ address: '127.0.0.1' })
  assert.is(port.refusesFragments, false)
  await port.close()
})

test.run()
