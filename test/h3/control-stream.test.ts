import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { GLITCH_BURST, GLITCHES_PER_SECOND, MAX_SETTINGS_LENGTH } from '../../src/h3/limits.ts'
import { bytes, frame, Lone, varint } from './harness.ts'

const test = suite('control stream')
const roles = ['client', 'server'] as const

/** The code with which a connection of this role answers the frames behind SETTINGS. */
function codeOf(role: 'client' | 'server', ...frames: Uint8Array[]): number | undefined {
  const lone = new Lone(role)
  for (const each of frames) lone.send(lone.control, each)
  return lone.closeCode
}

test('anything but SETTINGS as the first frame is H3_MISSING_SETTINGS', () => {
  for (const role of roles)
    for (const type of [0x00, 0x01, 0x03, 0x05, 0x07, 0x0d, 0x21, 0x02, 0xf0700]) {
      const lone = new Lone(role, {}, null)
      lone.send(lone.control, frame(type, bytes(0)))
      assert.is(lone.closeCode, H3ErrorCode.missingSettings, `${role} 0x${type.toString(16)}`)
    }
})

test('a second SETTINGS is H3_FRAME_UNEXPECTED', () => {
  for (const role of roles) assert.is(codeOf(role, frame(4)), H3ErrorCode.frameUnexpected)
})

test('frames of requests and of HTTP/2 are H3_FRAME_UNEXPECTED', () => {
  for (const role of roles)
    for (const type of [0x00, 0x01, 0x05, 0x02, 0x06, 0x08, 0x09])
      assert.is(codeOf(role, frame(type, bytes(0))), H3ErrorCode.frameUnexpected, `${type}`)
})

test('SETTINGS up to 4 KiB are taken, longer ones are H3_EXCESSIVE_LOAD before they are there', () => {
  const pairs: Uint8Array[] = []
  for (let n = 0; n < 200; n++) pairs.push(varint(0x21 + 0x1f * (n + 2000)), bytes(0))
  const lone = new Lone('server', {}, concatBytes(pairs))
  assert.is(lone.closeCode, undefined)
  assert.is(lone.of('settings')[0]!.settings.size, 200)
  const long = new Lone('server', {}, null)
  long.send(long.control, concatBytes([bytes(4), varint(MAX_SETTINGS_LENGTH + 1)]))
  assert.is(long.closeCode, H3ErrorCode.excessiveLoad)
})

test('illegal settings close the connection', () => {
  assert.is(new Lone('client', {}, bytes(2, 1)).closeCode, H3ErrorCode.settingsError)
  assert.is(new Lone('client', {}, bytes(6, 1, 6, 1)).closeCode, H3ErrorCode.settingsError)
  assert.is(new Lone('client', {}, bytes(6)).closeCode, H3ErrorCode.frameError)
})

test('frames of one varint with fewer or more bytes are H3_FRAME_ERROR', () => {
  for (const type of [0x03, 0x07, 0x0d])
    for (const payload of [bytes(), bytes(0, 0), bytes(0x40), new Uint8Array(9)])
      assert.is(codeOf('server', frame(type, payload)), H3ErrorCode.frameError, `${type}`)
})

test('a frame of one varint that announces more bytes than one has is refused before they come', () => {
  for (const type of [0x03, 0x07, 0x0d]) {
    assert.is(codeOf('server', bytes(type, 8)), undefined)
    assert.is(codeOf('server', bytes(type, 9)), H3ErrorCode.frameError, `${type}`)
  }
})

test('MAX_PUSH_ID is for servers, and does not go down', () => {
  assert.is(codeOf('client', frame(0x0d, bytes(1))), H3ErrorCode.frameUnexpected)
  assert.is(codeOf('server', frame(0x0d, bytes(5)), frame(0x0d, bytes(5))), undefined)
  assert.is(codeOf('server', frame(0x0d, bytes(5)), frame(0x0d, bytes(4))), H3ErrorCode.idError)
})

test('CANCEL_PUSH names a push that does not exist', () => {
  assert.is(codeOf('server', frame(0x0d, bytes(9)), frame(0x03, bytes(0))), H3ErrorCode.idError)
  assert.is(codeOf('client', frame(0x03, bytes(0))), H3ErrorCode.idError)
})

test('GOAWAY may go down but not up', () => {
  assert.is(
    codeOf('server', frame(7, varint(9)), frame(7, varint(9)), frame(7, varint(0))),
    undefined,
  )
  assert.is(codeOf('server', frame(7, varint(3)), frame(7, varint(4))), H3ErrorCode.idError)
  assert.is(codeOf('client', frame(7, varint(8)), frame(7, varint(12))), H3ErrorCode.idError)
})

test('GOAWAY of a server names a request stream, up to 2^62-4', () => {
  for (const id of [1n, 2n, 3n, 2n ** 62n - 1n])
    assert.is(codeOf('client', frame(7, varint(id))), H3ErrorCode.idError, `${id}`)
  for (const id of [0n, 4n, 2n ** 62n - 4n])
    assert.is(codeOf('client', frame(7, varint(id))), undefined, `${id}`)
})

test('unknown frames are skipped, even one of 2^62-1 bytes', () => {
  const lone = new Lone('server')
  lone.send(lone.control, frame(0x21, new Uint8Array(5000)))
  lone.send(lone.control, frame(2n ** 61n, bytes(1, 2, 3)))
  lone.send(lone.control, frame(7, bytes(0)))
  assert.is(lone.of('goaway').length, 1)
  lone.send(lone.control, concatBytes([varint(0x40), varint(2n ** 62n - 1n)]))
  for (let i = 0; i < 50; i++) lone.send(lone.control, new Uint8Array(65536))
  assert.is(lone.closeCode, undefined)
})

test('a flood of frames without use is H3_EXCESSIVE_LOAD', () => {
  for (const each of [frame(0x21), frame(0x07, bytes(0)), frame(0x0d, bytes(0))]) {
    const lone = new Lone('server')
    for (let i = 0; i < GLITCH_BURST; i++) lone.send(lone.control, each)
    assert.is(lone.closeCode, undefined)
    lone.send(lone.control, each)
    assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
  }
})

test('the same frames spread over time are no flood', () => {
  const lone = new Lone('server')
  for (let i = 0; i < 3 * GLITCH_BURST; i++) {
    lone.now += 1000 / GLITCHES_PER_SECOND
    lone.send(lone.control, frame(0x21))
  }
  assert.is(lone.closeCode, undefined)
})

test('frames that come byte by byte are the same', () => {
  const lone = new Lone('client', {}, null)
  const stream = concatBytes([
    frame(4, bytes(6, 0x44, 0)),
    frame(0x21, bytes(1, 2)),
    frame(7, bytes(8)),
  ])
  for (const byte of stream) lone.send(lone.control, bytes(byte))
  assert.equal([...lone.of('settings')[0]!.settings], [[6, 1024]])
  assert.equal(lone.of('goaway'), [{ type: 'goaway', id: 8 }])
})

test.run()
