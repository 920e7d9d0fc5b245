import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Level, TlsAlertError, type TlsSession } from '../../../src/tls13/index.ts'
import { handshake, identityOf, newClient, newServer, seededInteger } from '../support.ts'

const test = suite('mutated handshakes')

const ROUNDS = 200
const INTERNAL_ERROR = 80

/** Ed25519 signs the same in every run, so the mutations are the same too. */
const identity = identityOf('ed25519')

function newPair(retry: boolean): { client: TlsSession; server: TlsSession } {
  return {
    client: newClient({ identity }),
    server: newServer({
      selectIdentity: () => identity,
      clientCertificate: 'require',
      verifyPeer: () => {},
      ...(retry ? { groups: ['secp256r1'] } : {}),
    }),
  }
}

/** Changes, cuts out, doubles or puts in some bytes. */
function mutate(bytes: Uint8Array, below: (bound: number) => number): Uint8Array {
  const out = Array.from(bytes)
  for (let n = 1 + below(3); n > 0; n--) {
    // The first bytes of a message decide most, so they are chosen more often.
    const at = below(2) === 0 ? below(out.length) : below(Math.min(out.length, 64))
    switch (below(5)) {
      case 0:
        out[at] = below(256)
        break
      case 1:
        out[at] = (out[at] ?? 0) ^ (1 << below(8))
        break
      case 2:
        out.splice(at, 1 + below(8))
        break
      case 3:
        out.splice(at, 0, ...out.slice(at, at + 1 + below(40)))
        break
      default:
        out.splice(at, 0, below(256))
    }
  }
  return Uint8Array.from(out)
}

/** The flights of a handshake in order: hellos (and their retries), then the two encrypted flights. */
for (const retry of [false, true]) {
  const flights = retry ? 6 : 4
  for (let flight = 0; flight < flights; flight++) {
    const title = `flight ${flight} ${retry ? 'after a retry' : 'of a handshake'}`
    test(`${title}: whatever is changed ends in an alert or in silence`, () => {
      const below = seededInteger(1000 * flight + (retry ? 1 : 2))
      let alerts = 0
      for (let round = 0; round < ROUNDS; round++) {
        const { client, server } = newPair(retry)
        let count = 0
        let changed = false
        const tamper = (_from: string, _level: Level, bytes: Uint8Array) => {
          if (count++ !== flight) return bytes
          const mutated = mutate(bytes, below)
          changed = Buffer.compare(mutated, bytes) !== 0
          return mutated
        }
        try {
          handshake(client, server, tamper)
        } catch (error) {
          if (!(error instanceof TlsAlertError)) throw error
          if (error.alert === INTERNAL_ERROR) throw error.cause
          alerts++
          continue
        }
        // Without an alert a side still waits for the rest of a message, or nothing was changed.
        const complete = client.info !== undefined && server.info !== undefined
        assert.is(complete, !changed, `round ${round}`)
      }
      assert.ok(alerts > ROUNDS / 2, `${alerts} alerts`)
    })
  }
}

test.run()
