import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  type KeyObject,
} from 'node:crypto'
import { concatBytes, fromHex } from '../../../bytes/index.ts'
import {
  type GroupName,
  InvalidKeyShareError,
  type KeyShare,
  type RandomBytes,
} from '../provider.ts'

/** What stands before the 32 raw bytes in the DER of RFC 8410. */
const X25519_PKCS8 = fromHex('302e020100300506032b656e04220420')
const X25519_SPKI = fromHex('302a300506032b656e032100')
const X25519_LENGTH = 32

class X25519KeyShare implements KeyShare {
  readonly group = 'x25519'
  readonly publicKey: Uint8Array
  private readonly privateKey: KeyObject

  constructor(randomBytes: RandomBytes) {
    const der = concatBytes([X25519_PKCS8, randomBytes(X25519_LENGTH)])
    this.privateKey = createPrivateKey({
      key: Buffer.from(der.buffer),
      format: 'der',
      type: 'pkcs8',
    })
    const spki = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' })
    this.publicKey = spki.subarray(X25519_SPKI.length)
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    if (peerPublicKey.length !== X25519_LENGTH)
      throw new InvalidKeyShareError(`an x25519 share has 32 bytes, not ${peerPublicKey.length}`)
    const der = concatBytes([X25519_SPKI, peerPublicKey])
    const publicKey = createPublicKey({ key: Buffer.from(der.buffer), format: 'der', type: 'spki' })
    try {
      return diffieHellman({ privateKey: this.privateKey, publicKey })
    } catch (cause) {
      // OpenSSL refuses an all-zero result itself (RFC 8446 §7.4.2).
      throw new InvalidKeyShareError('the x25519 share is a point of small order', { cause })
    }
  }
}

const CURVES = {
  secp256r1: { name: 'prime256v1', scalarLength: 32 },
  secp384r1: { name: 'secp384r1', scalarLength: 48 },
} as const

/** A random scalar is out of range once in 2^32 times at most; a source that gives it often is broken. */
const MAX_SCALAR_TRIES = 8

class CurveKeyShare implements KeyShare {
  readonly group: 'secp256r1' | 'secp384r1'
  readonly publicKey: Uint8Array
  private readonly ecdh: ECDH

  constructor(group: 'secp256r1' | 'secp384r1', randomBytes: RandomBytes) {
    this.group = group
    const { name, scalarLength } = CURVES[group]
    this.ecdh = createECDH(name)
    for (let tries = 1; ; tries++) {
      try {
        this.ecdh.setPrivateKey(randomBytes(scalarLength))
        break
      } catch (error) {
        if (tries === MAX_SCALAR_TRIES) throw error
      }
    }
    this.publicKey = this.ecdh.getPublicKey()
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    // RFC 8446 §4.2.8.2: uncompressed points only.
    if (peerPublicKey.length !== this.publicKey.length || peerPublicKey[0] !== 4)
      throw new InvalidKeyShareError(`not an uncompressed point of ${this.group}`)
    try {
      return this.ecdh.computeSecret(peerPublicKey)
    } catch (cause) {
      throw new InvalidKeyShareError(`not a point on ${this.group}`, { cause })
    }
  }
}

export function generateKeyShare(group: GroupName, randomBytes: RandomBytes): KeyShare {
  return group === 'x25519'
    ? new X25519KeyShare(randomBytes)
    : new CurveKeyShare(group, randomBytes)
}
