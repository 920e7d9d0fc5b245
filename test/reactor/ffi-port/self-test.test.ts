import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FfiCalls, selfTest } from '../../../src/reactor/ffi-port/index.ts'
import { FakeLibc } from './fake-libc.ts'

const test = suite('reactor/ffi-port/self-test')

/** The message that it fails with. */
function failure(prepare: (libc: FakeLibc) => void): string | undefined {
  const libc = new FakeLibc()
  prepare(libc)
  try {
    selfTest(new FfiCalls(libc))
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    assert.is(libc.open.size, 0, 'its sockets are closed')
  }
}

test('a kernel that cuts trains into datagrams passes', () => {
  assert.is(
    failure(() => {}),
    undefined,
  )
})

test('so does one that refuses to: datagrams go one by one', () => {
  assert.is(
    failure((libc) => {
      libc.refusal = ({ segmentSize }) => (segmentSize > 0 ? 5 : 0)
    }),
    undefined,
  )
})

test('one that sends a train as one datagram does not', () => {
  assert.match(
    failure((libc) => {
      libc.knowsSegments = false
    })!,
    'changed',
  )
})

test('nor does a loopback that refuses, loses or changes datagrams', () => {
  assert.match(
    failure((libc) => {
      libc.refusal = () => 1
    })!,
    'refused',
  )
  assert.match(
    failure((libc) => {
      libc.recvmmsg = () => -1
    })!,
    'did not arrive',
  )
  assert.match(failure((libc) => libc.arrive(Uint8Array.of(1), 4))!, 'changed')
})

test('a system that gives no sockets fails it', () => {
  assert.match(
    failure((libc) => {
      libc.socket = () => -1
      libc.errno = () => 24
    })!,
    'EMFILE',
  )
})

test.run()
