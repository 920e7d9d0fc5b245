import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeError,
  decodeValue,
  encodeError,
  encodeValue,
} from '../../../src/vfd/workers/clone.ts'
import { MAX_ERROR_TEXT } from '../../../src/vfd/workers/limits.ts'

const test = suite('workers/clone')

test('what structured clones can hold comes through', () => {
  const value = { a: [1, 'two', null, undefined, 3n], m: new Map([[1, new Date(5)]]) }
  assert.equal(decodeValue(encodeValue(value)), value)
})

test('a function cannot be sent', () => {
  assert.throws(() => encodeValue(() => {}), /could not be cloned/)
})

test('an error keeps its name, message and stack', () => {
  const error = new RangeError('too far')
  const again = decodeError(encodeError(error))
  assert.instance(again, Error)
  assert.equal([again.name, again.message, again.stack], ['RangeError', 'too far', error.stack])
})

test('what is thrown need not be an error', () => {
  assert.is(decodeError(encodeError('text')).message, 'text')
  assert.is(decodeError(encodeError(undefined)).message, 'undefined')
})

test('the text of an error is cut at the limit', () => {
  const error = new Error('x'.repeat(10 * MAX_ERROR_TEXT))
  assert.is(decodeError(encodeError(error)).message.length, MAX_ERROR_TEXT)
  assert.ok(encodeError(error).length < 3 * MAX_ERROR_TEXT + 200)
})

test.run()
