import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { modPow } from '../../../../src/tls13/crypto/noble/mod-pow.ts'
import { seededInteger } from '../../support.ts'
import { power } from '../keys.ts'

const test = suite('modPow')

test('small numbers', () => {
  for (let base = 0n; base < 8n; base++)
    for (let exponent = 0n; exponent < 40n; exponent++)
      for (let modulus = 1n; modulus < 12n; modulus++)
        assert.is(modPow(base, exponent, modulus), base ** exponent % modulus)
})

test('numbers of the size of keys, as by squaring bit after bit', () => {
  const random = seededInteger(8)
  const number = (digits: number) =>
    BigInt(`0x${Array.from({ length: digits }, () => random(16).toString(16)).join('')}`)
  for (const digits of [1, 255, 256, 257]) {
    const modulus = number(256) | 1n
    const [base, exponent] = [number(512), number(digits)]
    assert.is(modPow(base, exponent, modulus), power(base, exponent, modulus))
  }
})

test.run()
