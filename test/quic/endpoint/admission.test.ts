import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Admission, type AdmissionOptions } from '../../../src/quic/endpoint/admission.ts'
import type { WaitingClient } from '../../../src/quic/endpoint/handshake-queue.ts'
import { RETRY_TOKEN_LENGTH } from '../../../src/quic/endpoint/retry-token.ts'
import { StatelessPackets } from '../../../src/quic/endpoint/stateless-packets.ts'
import { DatagramBatch, type EndpointStats } from '../../../src/quic/index.ts'
import {
  MAX_HANDSHAKES_PER_TURN,
  MAX_WAITING_CLIENTS,
  RETRY_BURST,
  RETRY_RATE_PER_SECOND,
  RETRY_TOKEN_LIFETIME,
} from '../../../src/quic/limits.ts'
import { PacketType } from '../../../src/quic/wire/index.ts'
import { Random } from '../../../src/sim/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { FROM_CLIENT } from '../support/pair.ts'
import { headerOf, rawInitial } from '../support/raw-packets.ts'

const test = suite('quic/endpoint/admission')
const SOURCE = new Uint8Array(8).fill(9)
const NO_TOKEN: Uint8Array = new Uint8Array(0)

/** An admission with all that it decides. */
class Bench {
  readonly stats: EndpointStats = {
    accepted: 0,
    dropped: 0,
    refused: 0,
    retriesSent: 0,
    tokensRefused: 0,
    handshakesDeferred: 0,
  }
  readonly begun: WaitingClient[] = []
  readonly admission: Admission
  private readonly stateless: StatelessPackets
  private count = 0

  constructor(options: Omit<AdmissionOptions, 'env'> = {}, seed = 1) {
    const random = new Random(seed)
    const env = {
      crypto: nodeCrypto,
      randomBytes: (length: number) => random.randomBytes(length),
    }
    this.stateless = new StatelessPackets(env)
    this.admission = new Admission({ env, ...options }, this.stateless, this.stats, (client) =>
      this.begun.push(client),
    )
  }

  /** An Initial, by default of a new client without a token. */
  receive(now: number, pending = 0, destination = this.newId(), token = NO_TOKEN): Uint8Array {
    const ids = { original: destination, destination, source: SOURCE }
    const datagram = rawInitial('client', ids, 0, Uint8Array.of(1, 0, 0, 0), 1200, token)
    this.admission.receive(headerOf(datagram), datagram, FROM_CLIENT, pending, now)
    return destination
  }

  newId(): Uint8Array {
    const number = this.count++
    return Uint8Array.of(1, 1, 1, 1, 1, 1, number >> 8, number)
  }

  sent(): Uint8Array[] {
    const datagrams: Uint8Array[] = []
    for (let more = true; more; ) {
      const batch = new DatagramBatch(8, () => new Uint8Array(1500))
      more = this.stateless.transmit(batch)
      datagrams.push(...batch.datagrams.slice(0, batch.count))
    }
    return datagrams
  }

  /** The header of the one Retry that was sent. */
  retry() {
    const sent = this.sent()
    assert.is(sent.length, 1)
    const header = headerOf(sent[0]!)
    assert.is(header.type, PacketType.retry)
    return header
  }
}

test('with few handshakes under way a client is begun with, and a Retry comes first from a quarter on', () => {
  const bench = new Bench({ maxPendingHandshakes: 100 })
  const first = bench.receive(1000, 24)
  assert.equal(bench.begun[0]!.originalDestination, first)
  assert.is(bench.begun[0]!.retrySource, undefined)
  assert.equal(bench.sent(), [])
  bench.receive(1000, 25)
  assert.is(bench.begun.length, 1)
  assert.is(bench.stats.retriesSent, 1)
  bench.retry()
})

test('clients that wait count as handshakes under way', () => {
  const bench = new Bench({ maxPendingHandshakes: 40 })
  for (let i = 0; i < MAX_HANDSHAKES_PER_TURN + 10; i++) bench.receive(1000, 0)
  assert.is(bench.stats.handshakesDeferred, 10)
  assert.is(bench.stats.retriesSent, 0)
  bench.receive(1000, 0)
  assert.is(bench.stats.retriesSent, 1)
})

test('at the cap nobody is answered, whatever the policy', () => {
  for (const retry of ['auto', 'always', 'never'] as const) {
    const bench = new Bench({ maxPendingHandshakes: 100, retry })
    bench.receive(1000, 100)
    assert.is(bench.stats.refused, 1)
    assert.equal(bench.sent(), [])
    assert.equal(bench.begun, [])
  }
})

test('always: the first client gets a Retry; never: not even the last', () => {
  const always = new Bench({ retry: 'always' })
  always.receive(1000, 0)
  always.retry()
  const never = new Bench({ retry: 'never', maxPendingHandshakes: 100 })
  never.receive(1000, 99)
  assert.is(never.begun.length, 1)
})

test('who brings the token back is begun with, as the one that it was at first', () => {
  const bench = new Bench({ retry: 'always' })
  const original = bench.receive(1000)
  const retry = bench.retry()
  bench.receive(1100, 1023, retry.sourceConnectionId, retry.token)
  const [client] = bench.begun
  assert.equal(client!.originalDestination, original)
  assert.equal(client!.retrySource, retry.sourceConnectionId)
  assert.equal(client!.destination, retry.sourceConnectionId)
  assert.equal(client!.source, SOURCE)
  assert.is(bench.stats.tokensRefused, 0)
})

test('an expired token is refused with a CONNECTION_CLOSE', () => {
  const bench = new Bench({ retry: 'always' })
  bench.receive(1000)
  const { sourceConnectionId, token } = bench.retry()
  bench.receive(1001 + RETRY_TOKEN_LIFETIME, 0, sourceConnectionId, token)
  assert.equal(bench.begun, [])
  assert.is(bench.stats.tokensRefused, 1)
  assert.is(headerOf(bench.sent()[0]!).type, PacketType.initial)
})

test('a token that is no Retry token changes nothing', () => {
  const token = new Uint8Array(RETRY_TOKEN_LENGTH).fill(2)
  const bench = new Bench()
  bench.receive(1000, 0, bench.newId(), token)
  assert.is(bench.begun.length, 1)
  assert.is(bench.begun[0]!.retrySource, undefined)
  const always = new Bench({ retry: 'always' })
  always.receive(1000, 0, always.newId(), token)
  always.retry()
})

test('Retry packets have a rate; who comes above it is not answered', () => {
  const bench = new Bench({ retry: 'always' })
  for (let i = 0; i < RETRY_BURST + 5; i++) bench.receive(1000)
  assert.is(bench.sent().length, RETRY_BURST)
  assert.is(bench.stats.retriesSent, RETRY_BURST)
  assert.is(bench.stats.refused, 5)
  for (let i = 0; i < RETRY_RATE_PER_SECOND / 100 + 5; i++) bench.receive(1010)
  assert.is(bench.sent().length, RETRY_RATE_PER_SECOND / 100)
})

test('when too many wait the next client is not answered', () => {
  const bench = new Bench({ retry: 'never' })
  const most = MAX_HANDSHAKES_PER_TURN + MAX_WAITING_CLIENTS
  for (let i = 0; i < most; i++) bench.receive(1000)
  assert.is(bench.stats.refused, 0)
  bench.receive(1000)
  assert.is(bench.stats.refused, 1)
  assert.is(bench.admission.queue.length, MAX_WAITING_CLIENTS)
})

test('a client that waits and is heard again gets neither a second place nor a Retry', () => {
  const bench = new Bench({ maxPendingHandshakes: 12 })
  for (let i = 0; i < MAX_HANDSHAKES_PER_TURN; i++) bench.receive(1000)
  const waiting = bench.receive(1000)
  bench.receive(1000, 11, waiting)
  assert.is(bench.admission.queue.length, 1)
  assert.equal(bench.sent(), [])
  bench.admission.queue.onTimeout(1000)
  assert.is(bench.begun.at(-1)!.datagrams.length, 2)
})

test('endpoints with one secret take each other’s tokens by Unix time, whatever their own clocks say', () => {
  let unixTime = 1_790_000_000_000
  const sharedTokens = { secret: new Uint8Array(32).fill(5), unixTime: () => unixTime }
  const a = new Bench({ retry: 'always', sharedTokens }, 1)
  const original = a.receive(1000)
  const { sourceConnectionId, token } = a.retry()
  const b = new Bench({ retry: 'always', sharedTokens }, 2)
  unixTime += 300
  b.receive(9_000_000, 0, sourceConnectionId, token)
  assert.equal(b.begun[0]!.originalDestination, original)
  const stranger = new Bench({ retry: 'always' }, 3)
  stranger.receive(1000, 0, sourceConnectionId, token)
  assert.is(stranger.stats.tokensRefused, 1)
})

test.run()
