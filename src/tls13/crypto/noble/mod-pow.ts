const WINDOW = 4

/**
 * `base` to the power of `exponent` modulo `modulus`, four bits of the exponent at a time: what is
 * done depends on the exponent's length alone, but BigInt's own time depends on the numbers.
 */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const first = base % modulus
  const powers = [1n % modulus]
  for (let i = 1; i < 1 << WINDOW; i++) powers.push((powers[i - 1]! * first) % modulus)
  let result = powers[0]!
  for (const digit of exponent.toString(1 << WINDOW)) {
    for (let i = 0; i < WINDOW; i++) result = (result * result) % modulus
    result = (result * powers[Number.parseInt(digit, 1 << WINDOW)]!) % modulus
  }
  return result
}
