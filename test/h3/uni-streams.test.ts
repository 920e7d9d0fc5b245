import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { GLITCH_BURST } from '../../src/h3/limits.ts'
import { bytes, frame, Lone, varint } from './harness.ts'

const test = suite('unidirectional streams')
const roles = ['client', 'server'] as const

test('a second control or QPACK stream is H3_STREAM_CREATION_ERROR', () => {
  for (const role of roles)
    for (const type of [0, 2, 3]) {
      const lone = new Lone(role)
      if (type !== 0) lone.openUni(type)
      lone.pump()
      assert.is(lone.closeCode, undefined)
      lone.openUni(type)
      lone.pump()
      assert.is(lone.closeCode, H3ErrorCode.streamCreationError, `${role} ${type}`)
    }
})

test('the end of a critical stream is H3_CLOSED_CRITICAL_STREAM', () => {
  for (const role of roles)
    for (const type of [0, 2, 3])
      for (const end of ['fin', 'reset'] as const) {
        const lone = new Lone(role)
        const id = type === 0 ? lone.control : lone.openUni(type)
        lone.pump()
        if (end === 'fin') lone.send(id, bytes(), true)
        else lone.raw.reset(id, 0x100)
        lone.pump()
        assert.is(lone.closeCode, H3ErrorCode.closedCriticalStream, `${role} ${type} ${end}`)
      }
})

test('a critical stream that ends with its first bytes is H3_CLOSED_CRITICAL_STREAM', () => {
  const lone = new Lone('server', {}, null)
  lone.send(lone.control, frame(4), true)
  assert.is(lone.closeCode, H3ErrorCode.closedCriticalStream)
})

test('STOP_SENDING on one of our critical streams is H3_CLOSED_CRITICAL_STREAM', () => {
  for (const id of [3, 7, 11]) {
    const lone = new Lone('server')
    lone.raw.stopSending(id, 0x100)
    lone.pump()
    assert.is(lone.closeCode, H3ErrorCode.closedCriticalStream)
  }
})

test('streams of unknown and reserved types are refused and forgotten', () => {
  const lone = new Lone('server')
  for (const type of [0x21, 0x40, 0x54, 0x3fff, 2n ** 62n - 1n]) {
    const id = lone.openUni(type)
    lone.send(id, bytes(1, 2, 3))
    assert.is(lone.transport.stops.get(id), H3ErrorCode.streamCreationError)
    assert.is(lone.transport.streams.has(id), false)
  }
  assert.is(lone.closeCode, undefined)
})

test('streams that end before or inside their type are tolerated', () => {
  const lone = new Lone('client')
  for (const start of [bytes(), bytes(0x40), bytes(0xc0, 0, 0)]) {
    for (const end of ['fin', 'reset'] as const) {
      const id = lone.raw.openStream('uni')!
      lone.send(id, start, end === 'fin')
      if (end === 'reset') lone.raw.reset(id, 0)
      lone.pump()
    }
  }
  assert.is(lone.closeCode, undefined)
})

test('a type in a long varint, byte by byte, with the content behind it', () => {
  const lone = new Lone('server', {}, null)
  const id = lone.raw.openStream('uni')!
  for (const byte of [0x80, 0, 0, 0x21, 9]) lone.send(id, bytes(byte))
  assert.is(lone.transport.stops.get(id), H3ErrorCode.streamCreationError)
  const other = new Lone('server', {}, null)
  const control = other.raw.openStream('uni')!
  other.raw.reset(other.control, 0)
  assert.is(other.closeCode, undefined)
  assert.is(control, 6)
})

test('a push stream is H3_ID_ERROR for a client, H3_STREAM_CREATION_ERROR for a server', () => {
  for (const [role, code] of [
    ['client', H3ErrorCode.idError],
    ['server', H3ErrorCode.streamCreationError],
  ] as const) {
    const lone = new Lone(role)
    lone.openUni(1)
    lone.pump()
    assert.is(lone.closeCode, code)
  }
})

test('a bidirectional stream from a server is H3_STREAM_CREATION_ERROR', () => {
  const lone = new Lone('client')
  lone.send(lone.raw.openStream('bidi')!, bytes(0))
  assert.is(lone.closeCode, H3ErrorCode.streamCreationError)
})

test('a flood of unknown streams is H3_EXCESSIVE_LOAD', () => {
  const lone = new Lone('server')
  for (let n = 0; n < GLITCH_BURST; n++) lone.openUni(0x21)
  lone.pump()
  assert.is(lone.closeCode, undefined)
  lone.openUni(0x21)
  lone.pump()
  assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
})

test('errors of QPACK close the connection with its codes', () => {
  const capacityAboveLimit = concatBytes([bytes(0x3f), bytes(0xff, 0xff, 0xff, 0x7f)])
  const encoderStream = new Lone('server')
  encoderStream.send(encoderStream.openUni(2), capacityAboveLimit)
  assert.is(encoderStream.closeCode, 0x201)
  const decoderStream = new Lone('server')
  decoderStream.send(decoderStream.openUni(3), bytes(0x00))
  assert.is(decoderStream.closeCode, 0x202)
  const section = new Lone('server')
  section.sendRequest(frame(1, concatBytes([bytes(0, 0), bytes(0xff), varint(0x3f)])), true)
  assert.is(section.closeCode, 0x200)
})

test.run()
