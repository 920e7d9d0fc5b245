import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  decodeServerHello,
  encodeHelloRetryRequest,
  encodeServerHello,
  isDowngraded,
} from '../../../src/tls13/messages/server-hello.ts'
import { traces } from '../key-schedule/rfc8448.ts'
import { assertAlert, splitMessages } from '../support.ts'
import { eachPrefix } from './codec-support.ts'

const test = suite('ServerHello')

test('the ServerHello of RFC 8448 §3 is read', () => {
  const hello = decodeServerHello(fromHex(traces.simple.serverHello).subarray(4))
  assert.is(hello.isRetry, false)
  assert.is(hello.cipherSuite, 0x1301)
  assert.is(toHex(hello.extensions.get(43)!), '0304')
  assert.is(
    toHex(hello.extensions.get(51)!),
    '001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f',
  )
})

test('the HelloRetryRequest of RFC 8448 §5 is told from a ServerHello', () => {
  const hello = decodeServerHello(fromHex(traces.retry.helloRetryRequest).subarray(4))
  assert.is(hello.isRetry, true)
  assert.is(toHex(hello.extensions.get(51)!), '0017')
  assert.is(hello.extensions.get(44)!.length, 0x74)
})

test('a ServerHello is written as in RFC 8448 §3, but for the order of its extensions', () => {
  const bytes = fromHex(traces.simple.serverHello)
  const written = encodeServerHello(bytes.subarray(6, 38), 0x1301, {
    group: 0x1d,
    publicKey: fromHex('c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f'),
  })
  assert.is(written.length, bytes.length)
  assert.equal(written.subarray(0, 44), bytes.subarray(0, 44))
  const own = decodeServerHello(written.subarray(4)).extensions
  const theirs = decodeServerHello(bytes.subarray(4)).extensions
  for (const type of [43, 51]) assert.equal(own.get(type), theirs.get(type))
})

test('the random of a HelloRetryRequest is the SHA-256 of its name (RFC 9846 §4.2.3)', () => {
  const [message] = splitMessages(encodeHelloRetryRequest(0x1302, 0x18))
  const hello = decodeServerHello(message!.body)
  assert.is(toHex(hello.random), createHash('sha256').update('HelloRetryRequest').digest('hex'))
  assert.is(hello.isRetry, true)
  assert.is(toHex(hello.extensions.get(51)!), '0018')
})

test('a ServerHello that is cut short anywhere or too long is a decode_error', () => {
  const bytes = fromHex(traces.simple.serverHello).subarray(4)
  const withoutExtensions = 2 + 32 + 1 + 2 + 1
  eachPrefix(bytes, (prefix) => {
    if (prefix.length !== withoutExtensions) assertAlert(50, () => decodeServerHello(prefix))
  })
  assertAlert(50, () => decodeServerHello(concatBytes([bytes, Uint8Array.of(0)])))
})

test('both downgrade sentinels of RFC 9846 §4.2.3 are known', () => {
  const start = '00'.repeat(24)
  assert.ok(isDowngraded(fromHex(`${start}444f574e47524401`)))
  assert.ok(isDowngraded(fromHex(`${start}444f574e47524400`)))
  assert.not(isDowngraded(fromHex(`${start}444f574e47524301`)))
})

test.run()
