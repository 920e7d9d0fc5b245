import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Libc, libcCalls } from '../../../src/vfd/source/libc-calls.ts'

const test = suite('vfd/source/libc-calls')

class FakeLibc implements Libc {
  readonly open = new Set<number>()
  failing: 'socketpair' | 'fcntl' | undefined = undefined
  code = 24

  socketpair(_domain: number, _type: number, _protocol: number, fds: Int32Array): number {
    if (this.failing === 'socketpair') return -1
    fds.set([20, 21])
    this.open.add(20).add(21)
    return 0
  }

  fcntl(_fd: number, _command: number, lowest: number): number {
    if (this.failing === 'fcntl') return -1
    this.open.add(lowest)
    return lowest
  }

  close(fd: number): number {
    return this.open.delete(fd) ? 0 : -1
  }

  errno(): number {
    return this.code
  }
}

test('the internal end is moved up and its first number closed', () => {
  const libc = new FakeLibc()
  assert.equal(libcCalls(libc).pair(500), [20, 500])
  assert.equal([...libc.open], [20, 500])
})

test('without a descriptor left the code is EMFILE or ENFILE, and nothing stays open', () => {
  for (const failing of ['socketpair', 'fcntl'] as const)
    for (const [number, code] of [
      [24, 'EMFILE'],
      [23, 'ENFILE'],
      // F_DUPFD: the number asked for is past the limit.
      [22, 'EMFILE'],
      [13, 'errno 13'],
    ] as const) {
      const libc = new FakeLibc()
      libc.failing = failing
      libc.code = number
      try {
        libcCalls(libc).pair(500)
        assert.unreachable()
      } catch (error) {
        assert.is((error as NodeJS.ErrnoException).code, code)
      }
      assert.is(libc.open.size, 0)
    }
})

test.run()
