import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import { CIPHER_SUITES, Level, type TlsEvent } from '../../../src/tls13/index.ts'
import { GROUPS } from '../../../src/tls13/named-groups.ts'
import { PROVIDERS } from '../providers.ts'
import {
  CLIENT_PARAMETERS,
  type Exchange,
  handshake,
  identityOf,
  KEY_KINDS,
  newClient,
  newServer,
  SERVER_PARAMETERS,
} from '../support.ts'

const test = suite('handshakes of our client with our server')

/** The traffic secrets by level and by who sends under them. */
function secretsOf(events: readonly TlsEvent[], writer: string, reader: string) {
  const secrets: Record<string, string> = {}
  for (const event of events)
    if (event.type === 'secret')
      secrets[`${event.level} ${event.direction === 'write' ? writer : reader}`] =
        `${event.suite.name} ${toHex(event.secret)}`
  return secrets
}

function assertSameSecrets({ clientEvents, serverEvents }: Exchange): void {
  const client = secretsOf(clientEvents, 'client', 'server')
  const server = secretsOf(serverEvents, 'server', 'client')
  assert.equal(Object.keys(client).sort(), ['2 client', '2 server', '3 client', '3 server'])
  assert.equal(client, server)
  assert.is(new Set(Object.values(client)).size, 4)
}

for (const clientCrypto of PROVIDERS) {
  for (const serverCrypto of PROVIDERS) {
    for (const cipherSuite of CIPHER_SUITES) {
      const title = `${clientCrypto.name} to ${serverCrypto.name} with ${cipherSuite.name}`
      test(`${title}: every group and kind of key`, () => {
        for (const group of GROUPS) {
          for (const kind of KEY_KINDS) {
            const identity = identityOf(kind, serverCrypto)
            const client = newClient({ crypto: clientCrypto, groups: [group] })
            const server = newServer({
              crypto: serverCrypto,
              selectIdentity: () => identity,
              cipherSuites: [cipherSuite.id],
            })
            assertSameSecrets(handshake(client, server))
            for (const { info } of [client, server]) {
              assert.is(info?.suite, cipherSuite)
              assert.is(info?.group, group)
              assert.is(info?.alpn, 'h3')
              assert.is(info?.serverName, 'localhost')
            }
            assert.equal(client.info!.peerCertificates.map(toHex), identity.chain.map(toHex))
            assert.equal(server.info!.peerCertificates, [])
          }
        }
      })
    }
  }
}

for (const kind of KEY_KINDS) {
  test(`a client proves itself with a key of kind ${kind}`, () => {
    const identity = identityOf(kind)
    let judged = 0
    const client = newClient({ identity })
    const server = newServer({
      clientCertificate: 'require',
      verifyPeer: (chain) => {
        judged++
        assert.is(toHex(chain[0]!.der), toHex(identity.chain[0]!))
      },
    })
    assertSameSecrets(handshake(client, server))
    assert.is(judged, 1)
    assert.equal(server.info!.peerCertificates.map(toHex), identity.chain.map(toHex))
  })
}

test('a client without an identity may pass if certificates are only requested', () => {
  const verifyPeer = () => assert.unreachable()
  const server = newServer({ clientCertificate: 'request', verifyPeer })
  const client = newClient()
  assertSameSecrets(handshake(client, server))
  assert.equal(server.info!.peerCertificates, [])
})

for (const group of GROUPS.slice(1)) {
  for (const cipherSuite of CIPHER_SUITES) {
    test(`a HelloRetryRequest leads to ${group} with ${cipherSuite.name}`, () => {
      const client = newClient({ identity: identityOf('ed25519') })
      const server = newServer({
        groups: [group],
        cipherSuites: [cipherSuite.id],
        clientCertificate: 'require',
        verifyPeer: () => {},
      })
      const exchange = handshake(client, server)
      assertSameSecrets(exchange)
      assert.is(client.info!.group, group)
      const hellos = exchange.clientEvents.filter(
        (event) => event.type === 'data' && event.level === Level.initial,
      )
      assert.is(hellos.length, 2)
    })
  }
}

test('bytes that come one by one, or in any other pieces, lead to the same end', () => {
  for (const pieces of [1, 2, 3, 5, 100]) {
    const client = newClient({ identity: identityOf('rsa') })
    const server = newServer({
      groups: ['secp256r1'],
      clientCertificate: 'require',
      verifyPeer: () => {},
    })
    assertSameSecrets(handshake(client, server, undefined, pieces))
  }
})

const typesOf = (events: readonly TlsEvent[]): string[] =>
  events.map((event) => {
    switch (event.type) {
      case 'data':
        return `data ${event.level}`
      case 'secret':
        return `${event.direction} ${event.level}`
      case 'keyLog':
        return event.line.split(' ')[0]!
      default:
        return event.type
    }
  })

test('the events come in the order in which QUIC must act on them', () => {
  const { clientEvents, serverEvents } = handshake(
    newClient({ keyLog: true }),
    newServer({ keyLog: true }),
  )
  const handshakeLog = ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_HANDSHAKE_TRAFFIC_SECRET']
  const log = ['CLIENT_TRAFFIC_SECRET_0', 'SERVER_TRAFFIC_SECRET_0', 'EXPORTER_SECRET']
  assert.equal(typesOf(serverEvents), [
    ...['transportParameters', 'data 0', ...handshakeLog, 'write 2', 'read 2', 'data 2'],
    ...[...log, 'write 3', 'read 3', 'complete'],
  ])
  assert.equal(typesOf(clientEvents), [
    ...['data 0', ...handshakeLog, 'read 2', 'write 2', 'transportParameters'],
    ...['data 2', ...log, 'read 3', 'write 3', 'complete'],
  ])
})

test('a retry announces the transport parameters once', () => {
  const { serverEvents } = handshake(newClient(), newServer({ groups: ['secp384r1'] }))
  assert.equal(typesOf(serverEvents), [
    ...['transportParameters', 'data 0', 'data 0', 'write 2', 'read 2', 'data 2', 'write 3'],
    ...['read 3', 'complete'],
  ])
})

test('each side sees the transport parameters of the other', () => {
  const { clientEvents, serverEvents } = handshake(newClient(), newServer())
  const seen = (events: readonly TlsEvent[]) =>
    events.flatMap((event) => (event.type === 'transportParameters' ? [toHex(event.bytes)] : []))
  assert.equal(seen(clientEvents), [toHex(SERVER_PARAMETERS)])
  assert.equal(seen(serverEvents), [toHex(CLIENT_PARAMETERS)])
})

test('key log lines are those of both sides, with the random of the client', () => {
  const client = newClient({ keyLog: true })
  const server = newServer({ keyLog: true })
  const exchange = handshake(client, server)
  const lines = (events: readonly TlsEvent[]) =>
    events.flatMap((event) => (event.type === 'keyLog' ? [event.line] : []))
  assert.equal(lines(exchange.clientEvents), lines(exchange.serverEvents))
  const hello = exchange.clientEvents.find((event) => event.type === 'data')!
  const random = toHex((hello as { bytes: Uint8Array }).bytes.subarray(6, 38))
  const secrets = secretsOf(exchange.clientEvents, 'client', 'server')
  const expected = [
    `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${random} ${secrets['2 client']!.split(' ')[1]}`,
    `SERVER_HANDSHAKE_TRAFFIC_SECRET ${random} ${secrets['2 server']!.split(' ')[1]}`,
    `CLIENT_TRAFFIC_SECRET_0 ${random} ${secrets['3 client']!.split(' ')[1]}`,
    `SERVER_TRAFFIC_SECRET_0 ${random} ${secrets['3 server']!.split(' ')[1]}`,
  ]
  assert.equal(lines(exchange.clientEvents).slice(0, 4), expected)
  assert.match(
    lines(exchange.clientEvents)[4]!,
    new RegExp(`^EXPORTER_SECRET ${random} [0-9a-f]{64}$`),
  )
})

test('without keyLog there are no lines', () => {
  const { clientEvents, serverEvents } = handshake(newClient(), newServer())
  assert.not([...clientEvents, ...serverEvents].some((event) => event.type === 'keyLog'))
})

test('a client of an IP literal sends no name, and the server is told so', () => {
  const asked: (string | undefined)[] = []
  const identity = identityOf('ec-p256')
  const server = newServer({
    selectIdentity: (name) => {
      asked.push(name)
      return identity
    },
  })
  const client = newClient({ serverName: '127.0.0.1' })
  assertSameSecrets(handshake(client, server))
  assert.equal(asked, [undefined])
  assert.is(client.info!.serverName, undefined)
})

test('the preferences of the server decide: suite, group among the shares, protocol', () => {
  const client = newClient({ alpn: ['hq-interop', 'h3'], keyShareGroups: ['x25519', 'secp384r1'] })
  const server = newServer({
    alpn: ['h3', 'hq-interop'],
    cipherSuites: [0x1303, 0x1301],
    groups: ['secp256r1', 'secp384r1', 'x25519'],
  })
  const { clientEvents } = handshake(client, server)
  assert.is(client.info!.suite.id, 0x1303)
  assert.is(client.info!.alpn, 'h3')
  // secp256r1 would be liked better, but has no share and would cost a round trip.
  assert.is(client.info!.group, 'secp384r1')
  assert.is(clientEvents.filter((event) => event.type === 'data').length, 2)
})

test('a client can only be started once', () => {
  const client = newClient()
  client.start()
  assert.throws(() => client.start(), /started before/)
})

test.run()
