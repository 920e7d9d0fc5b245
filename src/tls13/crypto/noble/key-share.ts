import { x25519 } from '@noble/curves/ed25519.js'
import { MAX_SCALAR_TRIES } from '../../limits.ts'
import {
  type GroupName,
  InvalidKeyShareError,
  type KeyShare,
  type RandomBytes,
} from '../provider.ts'
import { CURVES, type Curve } from './curves.ts'

const X25519_LENGTH = 32

class X25519KeyShare implements KeyShare {
  readonly group = 'x25519'
  readonly publicKey: Uint8Array
  private readonly privateKey: Uint8Array

  constructor(randomBytes: RandomBytes) {
    this.privateKey = randomBytes(X25519_LENGTH)
    this.publicKey = x25519.getPublicKey(this.privateKey)
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    if (peerPublicKey.length !== X25519_LENGTH)
      throw new InvalidKeyShareError(`an x25519 share has 32 bytes, not ${peerPublicKey.length}`)
    try {
      return x25519.getSharedSecret(this.privateKey, peerPublicKey)
    } catch (cause) {
      // With the lengths as they should be, all that it refuses is an all-zero result (RFC 9846 §7.4.2).
      throw new InvalidKeyShareError('the x25519 share is a point of small order', { cause })
    }
  }
}

class CurveKeyShare implements KeyShare {
  readonly group: 'secp256r1' | 'secp384r1'
  readonly publicKey: Uint8Array
  private readonly curve: Curve
  private readonly privateKey: Uint8Array

  constructor(group: 'secp256r1' | 'secp384r1', randomBytes: RandomBytes) {
    this.group = group
    this.curve = CURVES[group === 'secp256r1' ? 'ec-p256' : 'ec-p384']
    this.privateKey = randomScalar(this.curve, randomBytes)
    this.publicKey = this.curve.ecdsa.getPublicKey(this.privateKey, false)
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    // RFC 9846 §4.3.8.2: uncompressed points only.
    if (peerPublicKey.length !== this.publicKey.length || peerPublicKey[0] !== 4)
      throw new InvalidKeyShareError(`not an uncompressed point of ${this.group}`)
    const { ecdsa, scalarLength } = this.curve
    try {
      const point = ecdsa.getSharedSecret(this.privateKey, peerPublicKey, false)
      // RFC 9846 §7.4.2: the X coordinate, of the field's length.
      return point.slice(1, 1 + scalarLength)
    } catch (cause) {
      throw new InvalidKeyShareError(`not a point on ${this.group}`, { cause })
    }
  }
}

function randomScalar({ ecdsa, scalarLength }: Curve, randomBytes: RandomBytes): Uint8Array {
  for (let tries = 0; tries < MAX_SCALAR_TRIES; tries++) {
    const scalar = randomBytes(scalarLength)
    if (ecdsa.utils.isValidSecretKey(scalar)) return scalar
  }
  throw new Error('the random source gives no private key in range')
}

export function generateKeyShare(group: GroupName, randomBytes: RandomBytes): KeyShare {
  return group === 'x25519'
    ? new X25519KeyShare(randomBytes)
    : new CurveKeyShare(group, randomBytes)
}
