import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { Level } from '../../../src/tls13/index.ts'
import {
  assertAlert,
  changeServerHello,
  dataOf,
  newClient,
  newServer,
  replaceBody,
  splitMessages,
} from '../support.ts'
import { type Options, tampered } from './tampering.ts'

const test = suite('TlsClient and the ServerHello')

const inServerHello = (change: (body: Uint8Array) => void, options?: Options) =>
  tampered(
    Level.initial,
    (bytes) =>
      replaceBody(bytes, 2, (body) => {
        const copy = body.slice()
        change(copy)
        return copy
      }),
    options,
  )

const helloExtensions = (
  change: (extensions: Map<number, Uint8Array>) => void,
  options?: Options,
) => tampered(Level.initial, (bytes) => changeServerHello(bytes, change), options)

const SUITE_AT = 35
const RETRY: Options = { server: { groups: ['secp256r1'] } }

test('a server that does not speak TLS 1.3 is protocol_version', () => {
  assertAlert(70, () => helloExtensions((extensions) => extensions.delete(43)))
})

test('the downgrade sentinel is an illegal_parameter', () => {
  for (const last of [0, 1])
    assertAlert(47, () =>
      tampered(Level.initial, (bytes) => {
        const older = changeServerHello(bytes, (extensions) => extensions.delete(43))
        older.set([0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, last], 4 + 2 + 24)
        return older
      }),
    )
})

test('a chosen version other than TLS 1.3 is an illegal_parameter', () => {
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(43, fromHex('0303'))))
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(43, fromHex('7f1c'))))
  assertAlert(47, () => inServerHello((body) => body.set([3, 4], 0)))
})

test('a session id, a compression or a suite that was not offered is an illegal_parameter', () => {
  assertAlert(47, () =>
    tampered(Level.initial, (bytes) =>
      replaceBody(bytes, 2, (body) =>
        concatBytes([body.subarray(0, 34), Uint8Array.of(1, 7), body.subarray(35)]),
      ),
    ),
  )
  assertAlert(47, () => inServerHello((body) => body.set([1], SUITE_AT + 2)))
  assertAlert(47, () => inServerHello((body) => body.set([0x13, 0x04], SUITE_AT)))
  const client = { cipherSuites: [0x1303] }
  assertAlert(47, () => inServerHello((body) => body.set([0x13, 0x01], SUITE_AT), { client }))
})

test('a ServerHello without key_share is missing_extension', () => {
  assertAlert(109, () => helloExtensions((extensions) => extensions.delete(51)))
})

test('a share of a group without a share of ours is an illegal_parameter', () => {
  const share = `0017 0041 04${'01'.repeat(64)}`
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(51, fromHex(share))))
})

test('a share that is not valid is an illegal_parameter', () => {
  const zero = fromHex(`001d0020${'00'.repeat(32)}`)
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(51, zero)))
  const short = fromHex(`001d001f${'09'.repeat(31)}`)
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(51, short)))
  const offCurve = fromHex(`00170041 04${'01'.repeat(64)}`)
  const client = { groups: ['secp256r1'] }
  assertAlert(47, () => helloExtensions((extensions) => extensions.set(51, offCurve), { client }))
})

test('extensions in a ServerHello: unknown and pre_shared_key 110, misplaced 47', () => {
  const withExtension = (type: number) => () =>
    helloExtensions((extensions) => extensions.set(type, new Uint8Array(2)))
  assertAlert(110, withExtension(0x1a1a))
  assertAlert(110, withExtension(41))
  assertAlert(47, withExtension(16))
  assertAlert(47, withExtension(44))
  assertAlert(47, withExtension(0x39))
})

test('a HelloRetryRequest that changes nothing is an illegal_parameter', () => {
  assertAlert(47, () => helloExtensions((extensions) => extensions.delete(51), RETRY))
})

test('a HelloRetryRequest for a group with a share, or one not offered, is an illegal_parameter', () => {
  const asking = (group: string, options: Options) => () =>
    helloExtensions((extensions) => extensions.set(51, fromHex(group)), options)
  assertAlert(47, asking('001d', RETRY))
  assertAlert(47, asking('0019', RETRY))
  assertAlert(47, asking('0018', { ...RETRY, client: { groups: ['x25519', 'secp256r1'] } }))
})

test('a HelloRetryRequest with an extension that was not offered is unsupported_extension', () => {
  assertAlert(110, () =>
    helloExtensions((extensions) => extensions.set(0x1a1a, new Uint8Array(0)), RETRY),
  )
})

test('a second HelloRetryRequest is an unexpected_message', () => {
  let retry: Uint8Array | undefined
  assertAlert(10, () =>
    tampered(
      Level.initial,
      (bytes) => {
        retry ??= bytes
        return retry
      },
      RETRY,
    ),
  )
})

test('after a retry neither suite nor group may change', () => {
  const changeSecond = (change: (bytes: Uint8Array) => Uint8Array) => () => {
    let seen = 0
    tampered(Level.initial, (bytes) => (++seen === 2 ? change(bytes) : bytes), RETRY)
  }
  assertAlert(
    47,
    changeSecond((bytes) =>
      replaceBody(bytes, 2, (body) =>
        concatBytes([body.subarray(0, SUITE_AT), fromHex('1303'), body.subarray(SUITE_AT + 2)]),
      ),
    ),
  )
  const x25519 = fromHex(`001d0020${'09'.repeat(32)}`)
  assertAlert(
    47,
    changeSecond((bytes) => changeServerHello(bytes, (extensions) => extensions.set(51, x25519))),
  )
})

test('a cookie comes back in the second ClientHello as it was', () => {
  const client = newClient()
  client.start()
  const server = newServer({ groups: ['secp256r1'] })
  server.receive(Level.initial, dataOf(client, Level.initial))
  const cookie = fromHex('0004c001cafe')
  const retry = changeServerHello(dataOf(server, Level.initial), (extensions) =>
    extensions.set(44, cookie),
  )
  client.receive(Level.initial, retry)
  const [second] = splitMessages(dataOf(client, Level.initial))
  assert.ok(toHex(second!.body).includes(`002c0006${toHex(cookie)}`))
})

test('a retry for a cookie alone keeps the shares', () => {
  const client = newClient()
  client.start()
  const first = dataOf(client, Level.initial)
  const server = newServer({ groups: ['secp256r1'] })
  server.receive(Level.initial, first)
  const retry = changeServerHello(dataOf(server, Level.initial), (extensions) => {
    extensions.delete(51)
    extensions.set(44, fromHex('000101'))
  })
  client.receive(Level.initial, retry)
  const second = dataOf(client, Level.initial)
  const share = first.subarray(first.length - 32 - 7, first.length - 7)
  assert.ok(toHex(second).includes(toHex(share)))
  assert.is(second.length, first.length + 4 + 3)
})

test('an empty cookie is a decode_error', () => {
  assertAlert(50, () => helloExtensions((extensions) => extensions.set(44, fromHex('0000')), RETRY))
})

test.run()
