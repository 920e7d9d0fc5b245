import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serverNameIndication } from '../../../src/tls13/handshake/options.ts'
import { newClient, newServer } from '../support.ts'

const test = suite('TLS options')

const refuses = (action: () => unknown, message: RegExp) =>
  assert.throws(
    action,
    (error: unknown) => error instanceof TypeError && message.test(error.message),
  )

test('a host name is sent without its trailing dot, an IP literal is not sent', () => {
  assert.is(serverNameIndication('example.org'), 'example.org')
  assert.is(serverNameIndication('example.org.'), 'example.org')
  assert.is(serverNameIndication('xn--bcher-kva.example'), 'xn--bcher-kva.example')
  for (const literal of ['192.0.2.1', '::1', '2001:db8::1', '[::1]', 'fe80::1%eth0'])
    assert.is(serverNameIndication(literal), undefined)
})

test('a server name that is no name is refused', () => {
  for (const name of ['', '.', 'bücher.example', 'a b', 'a\0b', 'a'.repeat(254)])
    refuses(() => newClient({ serverName: name }), /not a host name/)
})

test('ALPN needs names of 1 to 255 bytes', () => {
  refuses(() => newClient({ alpn: [] }), /at least one protocol/)
  refuses(() => newServer({ alpn: [] }), /at least one protocol/)
  for (const name of ['', 'x'.repeat(256), 'h€']) {
    refuses(() => newClient({ alpn: [name] }), /not an ALPN protocol name/)
    refuses(() => newServer({ alpn: ['h3', name] }), /not an ALPN protocol name/)
  }
})

test('cipher suites and groups must be known and at least one', () => {
  for (const make of [newClient, newServer]) {
    refuses(() => make({ cipherSuites: [] }), /at least one cipher suite/)
    refuses(() => make({ cipherSuites: [0x1301, 0x1304] }), /0x1304 is not supported/)
    refuses(() => make({ groups: [] }), /at least one group/)
    refuses(() => make({ groups: ['secp521r1'] }), /secp521r1 is not supported/)
  }
})

test('a client can only have shares of its groups', () => {
  refuses(
    () => newClient({ groups: ['x25519'], keyShareGroups: ['secp256r1'] }),
    /not among the groups/,
  )
})

test('a server that asks for certificates must be able to judge them', () => {
  refuses(() => newServer({ clientCertificate: 'request' }), /verifyPeer/)
  refuses(() => newServer({ clientCertificate: 'require' }), /verifyPeer/)
  newServer({ clientCertificate: 'none' })
})

test.run()
