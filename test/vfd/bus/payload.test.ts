import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BusError, PayloadReader, PayloadWriter } from '../../../src/vfd/bus/index.ts'
import { MAX_FIELDS } from '../../../src/vfd/bus/limits.ts'

const test = suite('bus/payload')

const fields = [
  { name: ':method', value: 'GET' },
  { name: 'x-latin', value: 'caf\u00e9' },
  { name: 'empty', value: '' },
  { name: 'authorization', value: 'secret', sensitive: true },
  { name: 'long', value: 'v'.repeat(5000) },
]

test('a field section is what it was', () => {
  const writer = new PayloadWriter()
  writer.fields(fields)
  assert.equal(new PayloadReader(writer.written()).fields(), fields)
})

test('integers, texts and blocks have a fixed layout', () => {
  const writer = new PayloadWriter()
  writer.u8(0xab)
  writer.u32(0xfffffffe)
  writer.latin1('h\u00e9')
  writer.block(Buffer.from([1, 2, 3]))
  assert.is(Buffer.from(writer.written()).toString('hex'), 'abfeffffff68e903000000010203')
})

test('a payload cut anywhere breaks the bus', () => {
  const writer = new PayloadWriter()
  writer.fields(fields)
  const bytes = writer.written()
  for (let length = 0; length < bytes.length; length += 7) {
    assert.throws(
      () => new PayloadReader(bytes.subarray(0, length)).fields(),
      (error: Error) => error instanceof BusError,
    )
  }
})

test('a section of more fields than the limit is refused before they are read', () => {
  const writer = new PayloadWriter()
  writer.u32(MAX_FIELDS + 1)
  assert.throws(() => new PayloadReader(writer.written()).fields(), /10001 fields/)
})

test.run()
