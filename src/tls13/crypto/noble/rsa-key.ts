import { DerError } from '../../der.ts'
import { MIN_RSA_BITS } from '../../limits.ts'
import { checkRsaPublicKey, type RsaPublicKey } from '../public-key.ts'

/** The names are those of RFC 8017 §3.2. */
export interface RsaPrivateKey extends RsaPublicKey {
  readonly p: bigint
  readonly q: bigint
  readonly dP: bigint
  readonly dQ: bigint
  readonly qInv: bigint
}

/** Throws `DerError` if the numbers do not belong together; that the primes are prime is believed. */
export function checkRsaPrivateKey(key: Omit<RsaPrivateKey, 'bits'>): RsaPrivateKey {
  const { n, e, p, q, dP, dQ, qInv } = key
  const { bits } = checkRsaPublicKey(n, e)
  if (bits < MIN_RSA_BITS)
    throw new DerError(`an RSA modulus of ${bits} bits, less than ${MIN_RSA_BITS}`)
  const belong =
    p > 1n &&
    q > 1n &&
    p * q === n &&
    dP < p &&
    dQ < q &&
    qInv < p &&
    (e * dP) % (p - 1n) === 1n &&
    (e * dQ) % (q - 1n) === 1n &&
    (q * qInv) % p === 1n
  if (!belong) throw new DerError('the numbers of an RSA key do not belong together')
  return { ...key, bits }
}
