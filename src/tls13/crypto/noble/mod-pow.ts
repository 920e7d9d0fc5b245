/** Up to these many bits an exponent is public, and too short for a table to be worth while. */
const PUBLIC_BITS = 64n

/**
 * `base` to the power of `exponent` modulo `modulus`. A long exponent is taken four bits at a time: what
 * is done depends on its length alone, but BigInt's own time depends on the numbers.
 */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const window = exponent >> PUBLIC_BITS === 0n ? 1 : 4
  const radix = 1 << window
  const first = base % modulus
  const powers = [1n % modulus, first]
  for (let i = 2; i < radix; i++) powers.push((powers[i - 1]! * first) % modulus)
  let result = powers[0]!
  for (const digit of exponent.toString(radix)) {
    for (let i = 0; i < window; i++) result = (result * result) % modulus
    if (window > 1 || digit === '1')
      result = (result * powers[Number.parseInt(digit, radix)]!) % modulus
  }
  return result
}
