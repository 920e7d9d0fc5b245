import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkRsaPrivateKey } from '../../../../src/tls13/crypto/noble/rsa-key.ts'
import { DerError } from '../../../../src/tls13/der.ts'
import { MIN_RSA_BITS } from '../../../../src/tls13/limits.ts'
import { FIXTURE_NUMBERS, inverse, makeRsaNumbers } from '../keys.ts'

const test = suite('checkRsaPrivateKey')

test('the numbers of the fixture belong together', () => {
  assert.equal(checkRsaPrivateKey(FIXTURE_NUMBERS), { ...FIXTURE_NUMBERS, bits: 2048 })
})

const refuses = (numbers: typeof FIXTURE_NUMBERS, why: RegExp) =>
  assert.throws(
    () => checkRsaPrivateKey(numbers),
    (error: unknown) => error instanceof DerError && why.test(error.message),
  )

test('a key with one number changed is refused', () => {
  for (const name of ['n', 'p', 'q', 'dP', 'dQ', 'qInv'] as const)
    for (const value of [FIXTURE_NUMBERS[name] + 2n, 0n, 1n])
      refuses({ ...FIXTURE_NUMBERS, [name]: value }, /belong together|less than|even/)
  refuses({ ...FIXTURE_NUMBERS, e: 3n }, /belong together/)
})

test('halves of the exponent are reduced', () => {
  const { dP, p, dQ, q, qInv } = FIXTURE_NUMBERS
  refuses({ ...FIXTURE_NUMBERS, dP: dP + p - 1n }, /belong together/)
  refuses({ ...FIXTURE_NUMBERS, dQ: dQ + q - 1n }, /belong together/)
  refuses({ ...FIXTURE_NUMBERS, qInv: qInv + p }, /belong together/)
})

test('1 times n is no product of primes', () => {
  const { n, e } = FIXTURE_NUMBERS
  refuses({ n, e, p: n, q: 1n, dP: inverse(e, n - 1n), dQ: 0n, qInv: 1n }, /belong together/)
})

test('a modulus that is too short is refused', () => {
  const numbers = makeRsaNumbers(MIN_RSA_BITS - 2)
  refuses(numbers, /2046 bits, less than 2048/)
})

test.run()
