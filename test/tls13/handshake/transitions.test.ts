import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../../src/bytes/index.ts'
import { type State, TRANSITIONS } from '../../../src/tls13/handshake/transitions.ts'
import { Level, type TlsSession } from '../../../src/tls13/index.ts'
import {
  assertAlert,
  dataOf,
  drain,
  handshake,
  identityOf,
  message,
  newClient,
  newServer,
  splitMessages,
} from '../support.ts'

const test = suite('transitions')

interface Reached {
  readonly session: TlsSession
  /** What is legal in the state, so that only place and order are judged. */
  readonly next: Uint8Array | undefined
}

/** The messages of one whole handshake with client certificates. */
function record() {
  const client = newClient({ identity: identityOf('ec-p256') })
  const server = newServer({ clientCertificate: 'require', verifyPeer: () => {} })
  const flights: Uint8Array[] = []
  handshake(client, server, (_from, _level, bytes) => {
    flights.push(bytes)
    return bytes
  })
  const split = (flight: Uint8Array) =>
    splitMessages(flight).map(({ type, body }) => message(type, body))
  return {
    clientHello: flights[0]!,
    serverHello: flights[1]!,
    serverFlight: split(flights[2]!),
    clientFlight: split(flights[3]!),
  }
}

const { serverHello, serverFlight, clientHello, clientFlight } = record()

/** A client in each state: the messages of the seeded handshake fit one that is made the same way. */
function clientAfter(messages: number): Reached {
  const session = newClient({ identity: identityOf('ec-p256') })
  session.start()
  if (messages > 0) session.receive(Level.initial, serverHello)
  for (const each of serverFlight.slice(0, Math.max(0, messages - 1)))
    session.receive(Level.handshake, each)
  return { session, next: [serverHello, ...serverFlight][messages] }
}

function serverAfter(messages: number): Reached {
  const session = newServer({ clientCertificate: 'require', verifyPeer: () => {} })
  // ECDSA signatures differ from run to run, so a server needs the answer to its own flight.
  const client = newClient({ identity: identityOf('ec-p256') })
  client.start()
  let flight: Uint8Array[] = []
  if (messages > 0) {
    session.receive(Level.initial, dataOf(client, Level.initial))
    for (const event of drain(session))
      if (event.type === 'data') client.receive(event.level, event.bytes)
    flight = splitMessages(dataOf(client, Level.handshake)).map(({ type, body }) =>
      message(type, body),
    )
  }
  for (const each of flight.slice(0, messages - 1)) session.receive(Level.handshake, each)
  return { session, next: messages === 0 ? clientHello : flight[messages - 1] }
}

function retriedServer(): Reached {
  const session = newServer({
    groups: ['secp384r1'],
    clientCertificate: 'require',
    verifyPeer: () => {},
  })
  session.receive(Level.initial, clientHello)
  return { session, next: clientHello }
}

const STATES: Readonly<Record<State, () => Reached>> = {
  'client: start': () => ({ session: newClient(), next: undefined }),
  'client: wait for ServerHello': () => clientAfter(0),
  'client: wait for EncryptedExtensions': () => clientAfter(1),
  'client: wait for CertificateRequest or Certificate': () => clientAfter(2),
  'client: wait for Certificate': () => clientAfter(3),
  'client: wait for CertificateVerify': () => clientAfter(4),
  'client: wait for Finished': () => clientAfter(5),
  'client: connected': () => clientAfter(6),
  'server: wait for ClientHello': () => serverAfter(0),
  'server: wait for second ClientHello': retriedServer,
  'server: wait for Certificate': () => serverAfter(1),
  'server: wait for CertificateVerify': () => serverAfter(2),
  'server: wait for Finished': () => serverAfter(3),
  'server: connected': () => serverAfter(4),
}

const LEVELS = [Level.initial, Level.earlyData, Level.handshake, Level.application]
const TYPES = [0, 1, 2, 4, 5, 8, 11, 13, 15, 20, 24, 25, 254]

for (const [state, reach] of Object.entries(STATES)) {
  const rule = TRANSITIONS[state as State]

  test(`${state}: bytes of any other level are an unexpected_message`, () => {
    for (const level of LEVELS) {
      if (level === rule.level) continue
      const { session, next } = reach()
      assertAlert(10, () => session.receive(level, next ?? message(4, new Uint8Array(20))))
    }
  })

  test(`${state}: any other message is an unexpected_message at its first byte`, () => {
    for (const type of TYPES) {
      if ((rule.accepts as readonly number[]).includes(type)) continue
      const { session } = reach()
      assertAlert(10, () => session.receive(rule.level, Uint8Array.of(type)))
    }
  })

  test(`${state}: the first byte of a legal message is taken, and no bytes at all`, () => {
    const { session } = reach()
    for (const level of LEVELS) session.receive(level, new Uint8Array(0))
    for (const type of rule.accepts.slice(0, 1)) session.receive(rule.level, Uint8Array.of(type))
    assert.is(session.info !== undefined, state.endsWith('connected'))
  })

  test(`${state}: a message that is longer than its cap is refused by its header`, () => {
    for (const type of rule.accepts) {
      const header = (length: number) =>
        Uint8Array.of(type, length >>> 16, (length >>> 8) & 255, length & 255)
      reach().session.receive(rule.level, header(rule.maxMessage - 4))
      assertAlert(50, () => reach().session.receive(rule.level, header(rule.maxMessage - 3)))
    }
  })

  test(`${state}: a session that has failed takes nothing more`, () => {
    const { session, next } = reach()
    assertAlert(10, () => session.receive(rule.level, Uint8Array.of(255)))
    assertAlert(10, () => session.receive(rule.level, next ?? new Uint8Array(0)))
    assertAlert(10, () => session.receive(rule.level, new Uint8Array(0)))
  })
}

test('bytes behind the ServerHello at its level are an unexpected_message', () => {
  for (const extra of [Uint8Array.of(8), serverFlight[0]!]) {
    const { session } = clientAfter(0)
    assertAlert(10, () => session.receive(Level.initial, concatBytes([serverHello, extra])))
  }
})

test("bytes behind a server's Finished at its level are an unexpected_message", () => {
  const { session, next } = clientAfter(5)
  assertAlert(10, () => session.receive(Level.handshake, concatBytes([next!, Uint8Array.of(4)])))
})

test('bytes behind a ClientHello at its level are an unexpected_message', () => {
  const { session } = serverAfter(0)
  assertAlert(10, () => session.receive(Level.initial, concatBytes([clientHello, clientHello])))
})

test("bytes behind a client's Finished at its level are an unexpected_message", () => {
  const { session, next } = serverAfter(3)
  assertAlert(10, () => session.receive(Level.handshake, concatBytes([next!, Uint8Array.of(4)])))
})

test('a client must send CertificateVerify with a certificate', () => {
  const { session } = serverAfter(2)
  assertAlert(10, () => session.receive(Level.handshake, clientFlight.at(-1)!))
})

test.run()
