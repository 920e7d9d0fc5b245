import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Random } from '../../src/sim/index.ts'
import { TlsAlertError } from '../../src/tls13/index.ts'
import {
  handshake,
  identityOf,
  joinMessages,
  type Message,
  newClient,
  newServer,
  splitMessages,
} from '../tls13/support.ts'
import { fuzz, mutate } from './fuzz.ts'

const test = suite('fuzz/tls')
const INTERNAL_ERROR = 80

/** Messages left out, doubled, exchanged, of another type, or with another body. */
function shuffle(flight: Uint8Array, random: Random, earlier: Message[]): Uint8Array {
  const messages = splitMessages(flight)
  earlier.push(...messages)
  for (let n = 1 + random.int(2); n > 0; n--) {
    const at = random.int(messages.length)
    const chosen = messages[at]
    if (chosen === undefined) break
    switch (random.int(6)) {
      case 0:
        messages.splice(at, 1)
        break
      case 1:
        messages.splice(at, 0, earlier[random.int(earlier.length)]!)
        break
      case 2:
        messages[at] = messages[0]!
        messages[0] = chosen
        break
      case 3:
        messages[at] = { type: random.int(26), body: chosen.body }
        break
      case 4:
        messages[at] = { type: chosen.type, body: random.randomBytes(random.int(100)) }
        break
      default:
        messages[at] = { type: chosen.type, body: mutate(chosen.body, random) }
    }
  }
  return joinMessages(messages)
}

fuzz(
  test,
  'whatever is done to a flight ends in an alert of the peer, or in silence',
  1500,
  (random) => {
    const options = random.chance(0.3)
      ? { clientCertificate: 'require' as const, verifyPeer: () => {} }
      : {}
    const client = newClient(random.chance(0.5) ? { identity: identityOf('ed25519') } : {})
    const server = newServer({ selectIdentity: () => identityOf('ed25519'), ...options })
    const flight = random.int(5)
    const pieces = random.chance(0.5) ? 1 + random.int(50) : Number.MAX_SAFE_INTEGER
    const earlier: Message[] = []
    let count = 0
    let changed = false
    const tamper = (_from: string, _level: number, bytes: Uint8Array) => {
      if (count++ !== flight) return bytes
      const other = shuffle(bytes, random, earlier)
      changed = Buffer.compare(other, bytes) !== 0
      return other
    }
    try {
      handshake(client, server, tamper, pieces)
    } catch (error) {
      if (error instanceof TlsAlertError && error.alert !== INTERNAL_ERROR) return
      throw error
    }
    if (changed) assert.ok(client.info === undefined || server.info === undefined)
  },
)

test.run()
