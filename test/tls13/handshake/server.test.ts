import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  Level,
  TlsAlertError,
  type TlsClientOptions,
  type TlsServerOptions,
} from '../../../src/tls13/index.ts'
import { MAX_CERTIFICATES, MAX_CLIENT_HELLO } from '../../../src/tls13/limits.ts'
import { encodeCertificate } from '../../../src/tls13/messages/certificate.ts'
import {
  assertAlert,
  changeClientHello,
  clientHelloExtensionsAt,
  dataOf,
  drain,
  handshake,
  identityOf,
  message,
  newClient,
  newServer,
  replaceBody,
  splitMessages,
} from '../support.ts'

const test = suite('TlsServer')

const helloOf = (options: Partial<TlsClientOptions> = {}): Uint8Array => {
  const client = newClient(options)
  client.start()
  return dataOf(client, Level.initial)
}

/** What a server with these options makes of a ClientHello of ours after a change. */
function receives(
  change: (extensions: Map<number, Uint8Array>) => void,
  options: Partial<TlsServerOptions> = {},
): readonly string[] {
  const server = newServer(options)
  server.receive(Level.initial, changeClientHello(helloOf(), change))
  return drain(server).map((event) => event.type)
}

test('a client that does not offer TLS 1.3 is protocol_version', () => {
  assertAlert(70, () => receives((extensions) => extensions.delete(43)))
  assertAlert(70, () => receives((extensions) => extensions.set(43, fromHex('040303 7f1c'))))
})

test('a client that offers TLS 1.3 among others is taken', () => {
  const events = receives((extensions) => extensions.set(43, fromHex('06 3a3a 0304 0303')))
  assert.ok(events.includes('secret'))
})

test('without one of the extensions that QUIC needs it is missing_extension', () => {
  for (const type of [0x39, 13, 10, 51])
    assertAlert(109, () => receives((extensions) => extensions.delete(type)))
})

test('no protocol in common, or no ALPN, is no_application_protocol', () => {
  assertAlert(120, () => receives((extensions) => extensions.delete(16)))
  assertAlert(120, () => receives(() => {}, { alpn: ['hq-interop', 'h2'] }))
})

test('no suite, no group or no signature in common is handshake_failure', () => {
  const meets = (client: Partial<TlsClientOptions>, server: Partial<TlsServerOptions>) => () =>
    newServer(server).receive(Level.initial, helloOf(client))
  assertAlert(40, meets({ cipherSuites: [0x1301] }, { cipherSuites: [0x1302] }))
  assertAlert(40, meets({ groups: ['x25519'] }, { groups: ['secp256r1'] }))
  // ECDSA with P-384 is all that is taken, and PKCS#1, which is for certificates only.
  const schemes = fromHex('0004 0503 0401')
  assertAlert(40, () => receives((extensions) => extensions.set(13, schemes)))
  assertAlert(40, () =>
    receives((extensions) => extensions.set(13, schemes), {
      selectIdentity: () => identityOf('rsa'),
    }),
  )
})

test('a name that the server has no identity for is unrecognized_name', () => {
  const selectIdentity = (name: string | undefined) =>
    name === 'localhost' ? identityOf('ec-p256') : undefined
  assertAlert(112, () =>
    newServer({ selectIdentity }).receive(Level.initial, helloOf({ serverName: 'example.org' })),
  )
  newServer({ selectIdentity }).receive(Level.initial, helloOf())
})

test('selectIdentity that breaks is an internal_error', () => {
  const selectIdentity = () => {
    throw new RangeError('broken')
  }
  assertAlert(80, () => newServer({ selectIdentity }).receive(Level.initial, helloOf()))
})

test('compression or a session id in a ClientHello is an illegal_parameter', () => {
  assertAlert(47, () =>
    newServer().receive(
      Level.initial,
      replaceBody(helloOf(), 1, (body) => {
        const at = clientHelloExtensionsAt(body)
        return concatBytes([body.subarray(0, at - 2), fromHex('020001'), body.subarray(at)])
      }),
    ),
  )
  assertAlert(47, () =>
    newServer().receive(
      Level.initial,
      replaceBody(helloOf(), 1, (body) =>
        concatBytes([body.subarray(0, 34), fromHex(`20${'55'.repeat(32)}`), body.subarray(35)]),
      ),
    ),
  )
})

test('key shares of a group not offered, or two of one group, are an illegal_parameter', () => {
  const shares = (...groups: readonly string[]) => {
    const entries = groups.map((group) => `${group}0020${'09'.repeat(32)}`).join('')
    return fromHex((entries.length / 2).toString(16).padStart(4, '0') + entries)
  }
  assertAlert(47, () => receives((extensions) => extensions.set(51, shares('001e'))))
  assertAlert(47, () => receives((extensions) => extensions.set(51, shares('001d', '001d'))))
})

test('a share that is not valid is an illegal_parameter', () => {
  const share = (hex: string) => () => receives((extensions) => extensions.set(51, fromHex(hex)))
  assertAlert(47, share(`0024 001d 0020 ${'00'.repeat(32)}`))
  assertAlert(47, share(`0023 001d 001f ${'09'.repeat(31)}`))
  assertAlert(47, share(`0045 0017 0041 04${'01'.repeat(64)}`))
})

test('GREASE values in suites, groups, versions, shares and protocols are passed over', () => {
  const events = receives((extensions) => {
    const share = extensions.get(51)!.subarray(2)
    extensions.set(51, concatBytes([fromHex('0029 8a8a 0001 00'), share]))
    extensions.set(10, fromHex('0004 8a8a 001d'))
    extensions.set(43, fromHex('04 baba 0304'))
    extensions.set(16, fromHex('0006 02dada 026833'))
    extensions.set(0xcaca, new Uint8Array(1))
  })
  assert.ok(events.includes('secret'))
})

test('a client whose shares do not fit is asked for one, in the suite to come', () => {
  const server = newServer({ groups: ['secp384r1'], cipherSuites: [0x1302] })
  server.receive(Level.initial, helloOf())
  const [retry, ...more] = splitMessages(dataOf(server, Level.initial))
  assert.is(more.length, 0)
  assert.is(
    toHex(retry!.body.subarray(34)),
    '00 1302 00 000c 002b00020304 003300020018'.replaceAll(' ', ''),
  )
})

test('a client without shares is asked for one of the group liked best', () => {
  const server = newServer({ groups: ['secp256r1', 'x25519'] })
  server.receive(
    Level.initial,
    changeClientHello(helloOf(), (extensions) => extensions.set(51, fromHex('0000'))),
  )
  const [retry] = splitMessages(dataOf(server, Level.initial))
  assert.is(toHex(retry!.body.subarray(-2)), '0017')
})

/** What a server that asked for secp256r1 makes of the second ClientHello after a change. */
function retries(
  change: (extensions: Map<number, Uint8Array>) => void,
  body: (body: Uint8Array) => Uint8Array = (bytes) => bytes,
): readonly string[] {
  const client = newClient()
  client.start()
  const server = newServer({ groups: ['secp256r1'] })
  server.receive(Level.initial, dataOf(client, Level.initial))
  client.receive(Level.initial, dataOf(server, Level.initial))
  const second = changeClientHello(dataOf(client, Level.initial), change)
  server.receive(Level.initial, replaceBody(second, 1, body))
  return drain(server).map((event) => event.type)
}

test('the second ClientHello may change its padding and its share alone', () => {
  assert.ok(retries(() => {}).includes('secret'))
  assert.ok(retries((extensions) => extensions.set(21, new Uint8Array(40))).includes('secret'))
  assertAlert(47, () => retries((extensions) => extensions.set(16, fromHex('0003026832'))))
  assertAlert(47, () => retries((extensions) => extensions.set(0x39, new Uint8Array(9))))
  assertAlert(47, () => retries((extensions) => extensions.delete(0)))
  assertAlert(47, () => retries((extensions) => extensions.set(0x1a1a, new Uint8Array(0))))
  assertAlert(47, () => retries((extensions) => extensions.set(44, fromHex('000101'))))
  assertAlert(47, () => retries((extensions) => extensions.set(42, new Uint8Array(0))))
})

test('the second ClientHello must have the random and the suites of the first', () => {
  const flip = (at: number) => (body: Uint8Array) => {
    const copy = body.slice()
    copy[at]! ^= 1
    return copy
  }
  assertAlert(47, () => retries(() => {}, flip(2)))
  assertAlert(47, () => retries(() => {}, flip(38)))
})

test('the second ClientHello must have just the share that was asked for', () => {
  const x25519 = `001d0020${'09'.repeat(32)}`
  assertAlert(47, () => retries((extensions) => extensions.set(51, fromHex(`0024${x25519}`))))
  assertAlert(47, () => retries((extensions) => extensions.set(51, fromHex('0000'))))
  assertAlert(47, () => retries((extensions) => extensions.delete(51)))
  assertAlert(47, () =>
    retries((extensions) => {
      const own = extensions.get(51)!.subarray(2)
      const length = own.length + 36
      const both = [Uint8Array.of(length >>> 8, length & 255), own, fromHex(x25519)]
      extensions.set(51, concatBytes(both))
    }),
  )
})

test('a ClientHello up to the cap is taken in pieces, a longer one refused by its header', () => {
  const hello = helloOf()
  const padding = MAX_CLIENT_HELLO - hello.length - 4
  const padded = changeClientHello(hello, (extensions) =>
    extensions.set(21, new Uint8Array(padding)),
  )
  assert.is(padded.length, MAX_CLIENT_HELLO)
  const server = newServer()
  for (let at = 0; at < padded.length; at += 1000)
    server.receive(Level.initial, padded.slice(at, at + 1000))
  assert.is(server.poll()?.type, 'transportParameters')
  const longer = changeClientHello(hello, (extensions) =>
    extensions.set(21, new Uint8Array(padding + 1)),
  )
  assertAlert(50, () => newServer().receive(Level.initial, longer.subarray(0, 4)))
})

interface WithCertificate {
  readonly clientCertificate: 'request' | 'require'
  readonly identity?: TlsClientOptions['identity']
  readonly verifyPeer?: TlsServerOptions['verifyPeer']
  readonly change?: (flight: Uint8Array) => Uint8Array
}

function authenticates(options: WithCertificate): void {
  const { clientCertificate, identity, verifyPeer = () => {}, change } = options
  handshake(
    newClient(identity === undefined ? {} : { identity }),
    newServer({ clientCertificate, verifyPeer }),
    (from, level, bytes) =>
      from === 'client' && level === Level.handshake && change !== undefined
        ? change(bytes)
        : bytes,
  )
}

const identity = identityOf('ec-p256')

test('a client without a certificate is certificate_required if one is required', () => {
  assertAlert(116, () => authenticates({ clientCertificate: 'require' }))
})

test('the alert of the verifier of client certificates is that of the session', () => {
  const verifyPeer = () => {
    throw new TlsAlertError(45, 'expired')
  }
  for (const clientCertificate of ['request', 'require'] as const)
    assertAlert(45, () => authenticates({ clientCertificate, identity, verifyPeer }))
})

test('a client that has not the key of its certificate is a decrypt_error', () => {
  const stolen = { chain: identity.chain, key: identityOf('ed25519').key }
  assertAlert(51, () => authenticates({ clientCertificate: 'require', identity: stolen }))
})

const inFlight = (type: number, change: (body: Uint8Array) => Uint8Array) => () =>
  authenticates({
    clientCertificate: 'require',
    identity,
    change: (flight) => replaceBody(flight, type, change),
  })

test("what is wrong in a client's flight has the alert for it", () => {
  const context = (body: Uint8Array) => concatBytes([Uint8Array.of(1, 7), body.subarray(1)])
  assertAlert(47, inFlight(11, context))
  assertAlert(
    42,
    inFlight(11, () => encodeCertificate([fromHex('3000')]).subarray(4)),
  )
  const chain = new Array(MAX_CERTIFICATES + 1).fill(identity.chain[0])
  assertAlert(
    42,
    inFlight(11, () => encodeCertificate(chain).subarray(4)),
  )
  assertAlert(
    47,
    inFlight(15, (body) => concatBytes([fromHex('0401'), body.subarray(2)])),
  )
  assertAlert(
    50,
    inFlight(20, (body) => body.subarray(1)),
  )
})

test('a server signature sent back by a client does not prove anything', () => {
  const server = newServer({ clientCertificate: 'require', verifyPeer: () => {} })
  const client = newClient({ identity })
  let serverVerify: Uint8Array | undefined
  assertAlert(51, () =>
    handshake(client, server, (from, level, bytes) => {
      if (level !== Level.handshake) return bytes
      const verify = splitMessages(bytes).find((each) => each.type === 15)!
      if (from === 'server') serverVerify = verify.body
      return from === 'server' ? bytes : replaceBody(bytes, 15, () => serverVerify!)
    }),
  )
})

test("a client's Finished that is wrong is a decrypt_error, and no secret comes out", () => {
  const server = newServer()
  const serverSecrets: string[] = []
  assertAlert(51, () =>
    handshake(newClient(), server, (from, level, bytes) => {
      if (from === 'server' || level !== Level.handshake) return bytes
      return replaceBody(bytes, 20, (body) => {
        const copy = body.slice()
        copy[0]! ^= 1
        return copy
      })
    }),
  )
  for (const event of drain(server))
    if (event.type === 'secret') serverSecrets.push(event.direction)
  assert.equal(serverSecrets, [])
  assert.is(server.info, undefined)
})

test('a connected server takes nothing at all', () => {
  for (const type of [4, 20, 24]) {
    const server = newServer()
    handshake(newClient(), server)
    assertAlert(10, () => server.receive(Level.application, message(type, Uint8Array.of(0))))
  }
})

test.run()
