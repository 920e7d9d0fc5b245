import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completeH3Options, defaultH3Options, type H3Options } from '../../src/h3/options.ts'

const test = suite('h3/options')

test('the defaults and 0 are within the ranges', () => {
  assert.equal(completeH3Options(defaultH3Options), defaultH3Options)
  for (const name of Object.keys(defaultH3Options)) {
    const options = completeH3Options({ [name]: 0 })
    assert.equal(options, { ...defaultH3Options, [name]: 0 })
  }
})

test('what is no whole number, negative or too large is refused by name', () => {
  for (const name of Object.keys(defaultH3Options) as (keyof H3Options)[])
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])
      assert.throws(
        () => completeH3Options({ [name]: wrong }),
        (error: Error) => error instanceof RangeError && error.message.includes(`http3.${name}`),
      )
})

test.run()
