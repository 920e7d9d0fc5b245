import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Attempt, Dialer, interleave } from '../../src/api/dial.ts'

const test = suite('api/dial')

test('the families take turns, the first one first', () => {
  const v6 = (address: string) => ({ address, family: 6 })
  const v4 = (address: string) => ({ address, family: 4 })
  assert.equal(interleave([v6('::1'), v6('::2'), v6('::3'), v4('1.1.1.1')]), [
    '::1',
    '1.1.1.1',
    '::2',
    '::3',
  ])
  assert.equal(interleave([v4('1.1.1.1')]), ['1.1.1.1'])
  assert.equal(interleave([]), [])
})

class FakeAttempt implements Attempt {
  abandoned = false
  abandon(): void {
    this.abandoned = true
  }
}

test('an address literal is tried without a resolver, brackets or not', async () => {
  for (const host of ['[::1]', '::1', '127.0.0.1']) {
    const tried: string[] = []
    const winner = await new Promise<FakeAttempt>((resolve, reject) => {
      const dialer: Dialer<FakeAttempt> = new Dialer<FakeAttempt>(
        {
          attempt: async ({ address, port }) => {
            tried.push(`${address} ${port}`)
            const attempt = new FakeAttempt()
            setImmediate(() => dialer.succeeded(attempt))
            return attempt
          },
          dialed: resolve,
          undialable: reject,
        },
        4433,
      )
      void dialer.dial(host)
    })
    assert.is(winner.abandoned, false)
    assert.equal(tried, [`${host.replace(/[[\]]/g, '')} 4433`])
  }
})

test('when the last address fails its error is reported', async () => {
  const failure = await new Promise<Error>((resolve, reject) => {
    const dialer: Dialer<FakeAttempt> = new Dialer<FakeAttempt>(
      {
        attempt: async () => {
          const attempt = new FakeAttempt()
          setImmediate(() => dialer.failed(attempt, new Error('refused')))
          return attempt
        },
        dialed: reject,
        undialable: resolve,
      },
      4433,
    )
    void dialer.dial('127.0.0.1')
  })
  assert.is(failure.message, 'refused')
})

test('a dialer that was stopped abandons its attempt', async () => {
  const attempt = new FakeAttempt()
  const dialer: Dialer<FakeAttempt> = new Dialer<FakeAttempt>(
    {
      attempt: async () => attempt,
      dialed: () => assert.unreachable(),
      undialable: () => assert.unreachable(),
    },
    4433,
  )
  await dialer.dial('127.0.0.1')
  await Promise.resolve()
  dialer.stop()
  assert.ok(attempt.abandoned)
})

test.run()
