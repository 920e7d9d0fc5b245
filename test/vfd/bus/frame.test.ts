import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FrameHead, HEAD_LENGTH, readHead, writeHead } from '../../../src/vfd/bus/frame.ts'

const test = suite('bus/frame')

test('a head has the layout of DataHead between a length and a stream id', () => {
  const head = new FrameHead()
  head.payloadLength = 0x1122
  head.sessionId = 2 ** 40 + 5
  head.messageId = 2 ** 33 + 7
  head.messageLength = 0x0a0b0c0d
  head.workerId = -2
  head.type = 3
  head.flags = 0x15
  head.value = 0xfffffffe
  head.time = 1.5
  head.streamId = 2 ** 52 + 4
  const bytes = Buffer.alloc(HEAD_LENGTH, 0xff)
  writeHead(bytes, 0, head)
  const expected = [
    '52110000', // u32: 48 bytes of head and 0x1122 of payload
    '0500000000010000', // fd
    '0700000002000000', // msg_id
    '0d0c0b0a', // len
    'feff', // reactor_id
    '03', // type
    '15', // flags
    '0000', // server_fd
    '0000', // ext_flags
    'feffffff', // reserved
    '000000000000f83f', // time
    '0400000000001000', // stream id
  ].join('')
  assert.is(bytes.toString('hex'), expected)
  const again = new FrameHead()
  readHead(bytes, 0, again)
  assert.equal(again, head)
})

test.run()
