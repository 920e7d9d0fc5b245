import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { MessageBuffer } from '../../../src/tls13/handshake/message-buffer.ts'
import { message, seededBytes, seededInteger } from '../support.ts'

const test = suite('MessageBuffer')

test('a message comes out when its last byte is in, and not before', () => {
  const buffer = new MessageBuffer()
  const bytes = fromHex('0b 000003 aabbcc')
  for (const byte of bytes) {
    assert.is(buffer.take(), undefined)
    buffer.push(Uint8Array.of(byte))
  }
  assert.is(toHex(buffer.take()!), '0b000003aabbcc')
  assert.ok(buffer.isEmpty)
})

test('type and length are known as soon as their bytes are there', () => {
  const buffer = new MessageBuffer()
  assert.is(buffer.nextType, undefined)
  buffer.push(fromHex('0b'))
  assert.is(buffer.nextType, 11)
  assert.is(buffer.nextLength, undefined)
  buffer.push(fromHex('0100'))
  assert.is(buffer.nextLength, undefined)
  buffer.push(fromHex('02'))
  assert.is(buffer.nextLength, 4 + 0x010002)
})

test('any split of a stream gives the same messages, which stay as they were', () => {
  const random = seededBytes(3)
  const below = seededInteger(4)
  for (let round = 0; round < 50; round++) {
    const messages = Array.from({ length: 6 }, () => message(below(25), random(below(3000))))
    const stream = concatBytes(messages)
    const buffer = new MessageBuffer()
    const out: Uint8Array[] = []
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + 1 + below(round % 2 === 0 ? 40 : 4000))
      buffer.push(stream.slice(at, end))
      at = end
      for (let next = buffer.take(); next !== undefined; next = buffer.take()) out.push(next)
    }
    assert.equal(out.map(toHex), messages.map(toHex))
    assert.ok(buffer.isEmpty)
  }
})

test('the bytes of the caller are never written to', () => {
  const buffer = new MessageBuffer()
  const backing = fromHex('0b000003aabb 77777777')
  buffer.push(backing.subarray(0, 6))
  buffer.push(fromHex('cc 14000000'))
  assert.is(toHex(buffer.take()!), '0b000003aabbcc')
  assert.is(toHex(buffer.take()!), '14000000')
  assert.is(toHex(backing), '0b000003aabb77777777')
})

test.run()
