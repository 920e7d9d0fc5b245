import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3Error, H3ErrorCode } from '../../src/h3/errors.ts'
import { decodeSettings, encodeSettings, reservedIdentifier } from '../../src/h3/settings.ts'
import { bytes, varint } from './harness.ts'

const test = suite('settings')

function codeOf(payload: Uint8Array): number | undefined {
  try {
    decodeSettings(payload)
    return undefined
  } catch (error) {
    assert.instance(error, H3Error)
    assert.is((error as H3Error).scope, 'connection')
    return (error as H3Error).code
  }
}

test('a SETTINGS frame is pairs of varints', () => {
  const settings = new Map([
    [6, 16384],
    [0x21, 0],
  ])
  assert.equal(encodeSettings(settings), bytes(4, 7, 6, 0x80, 0, 0x40, 0, 0x21, 0))
})

test('pairs are read, unknown ones too', () => {
  assert.equal([...decodeSettings(bytes())], [])
  assert.equal(
    [...decodeSettings(bytes(1, 0x50, 0, 0x33, 1))],
    [
      [1, 4096],
      [0x33, 1],
    ],
  )
})

test('settings of HTTP/2 are refused', () => {
  for (const identifier of [0, 2, 3, 4, 5])
    assert.is(codeOf(bytes(identifier, 1)), H3ErrorCode.settingsError, `${identifier}`)
})

test('a setting that comes twice is refused', () => {
  assert.is(codeOf(bytes(6, 1, 6, 1)), H3ErrorCode.settingsError)
  assert.is(codeOf(bytes(0x21, 1, 0x40, 0x21, 1)), H3ErrorCode.settingsError)
})

test('two different identifiers beyond 2^53 are not taken for one', () => {
  const payload = concatBytes([varint(2n ** 60n), bytes(1), varint(2n ** 61n), bytes(1)])
  assert.is(codeOf(payload), undefined)
})

test('a setting that is cut short is a frame error', () => {
  for (const payload of [bytes(6), bytes(0x40), bytes(6, 0x40), bytes(6, 1, 7), bytes(6, 0xc0, 0)])
    assert.is(codeOf(payload), H3ErrorCode.frameError)
})

test('reserved identifiers are 31 apart from 33', () => {
  assert.equal([0, 1, 2].map(reservedIdentifier), [0x21, 0x40, 0x5f])
})

test.run()
