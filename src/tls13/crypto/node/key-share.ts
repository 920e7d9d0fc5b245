import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  type KeyObject,
} from 'node:crypto'
import { fromHex } from '../../../bytes/index.ts'
import { MAX_SCALAR_TRIES } from '../../limits.ts'
import {
  type GroupName,
  InvalidKeyShareError,
  type KeyShare,
  type RandomBytes,
} from '../provider.ts'

const X25519_LENGTH = 32

type X25519Jwk = { kty: 'OKP'; crv: 'X25519'; x: string; d?: string }

/** RFC 8037. Node hands a JWK's raw bytes straight to OpenSSL. */
function publicX25519(bytes: Uint8Array): KeyObject {
  const key: X25519Jwk = { kty: 'OKP', crv: 'X25519', x: Buffer.from(bytes).toString('base64url') }
  return createPublicKey({ key, format: 'jwk' })
}

function privateX25519ByJwk(bytes: Uint8Array): KeyObject {
  const d = Buffer.from(bytes).toString('base64url')
  const key: X25519Jwk = { kty: 'OKP', crv: 'X25519', x: d, d }
  return createPrivateKey({ key, format: 'jwk' })
}

/** What stands before the 32 raw bytes in the DER of RFC 8410. */
const X25519_PKCS8 = fromHex('302e020100300506032b656e04220420')

function privateX25519ByDer(bytes: Uint8Array): KeyObject {
  const key = Buffer.concat([X25519_PKCS8, bytes])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/**
 * Node 20 decodes DER in 340 us and a JWK in 38 us, and of a private JWK it reads `d` alone. Newer
 * ones compare `x`, which we don't know, and decode DER in 30 us.
 */
const privateX25519 = (() => {
  try {
    privateX25519ByJwk(new Uint8Array(X25519_LENGTH).fill(1))
    return privateX25519ByJwk
  } catch {
    return privateX25519ByDer
  }
})()

class X25519KeyShare implements KeyShare {
  readonly group = 'x25519'
  readonly publicKey: Uint8Array
  private readonly privateKey: KeyObject

  constructor(randomBytes: RandomBytes) {
    this.privateKey = privateX25519(randomBytes(X25519_LENGTH))
    const { x } = createPublicKey(this.privateKey).export({ format: 'jwk' })
    this.publicKey = new Uint8Array(Buffer.from(x!, 'base64url'))
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    if (peerPublicKey.length !== X25519_LENGTH)
      throw new InvalidKeyShareError(`an x25519 share has 32 bytes, not ${peerPublicKey.length}`)
    const publicKey = publicX25519(peerPublicKey)
    try {
      return new Uint8Array(diffieHellman({ privateKey: this.privateKey, publicKey }))
    } catch (cause) {
      // OpenSSL refuses an all-zero result itself (RFC 9846 §7.4.2).
      throw new InvalidKeyShareError('the x25519 share is a point of small order', { cause })
    }
  }
}

const CURVES = {
  secp256r1: { name: 'prime256v1', scalarLength: 32 },
  secp384r1: { name: 'secp384r1', scalarLength: 48 },
} as const

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
    this.publicKey = new Uint8Array(this.ecdh.getPublicKey())
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array {
    // RFC 9846 §4.3.8.2: uncompressed points only.
    if (peerPublicKey.length !== this.publicKey.length || peerPublicKey[0] !== 4)
      throw new InvalidKeyShareError(`not an uncompressed point of ${this.group}`)
    try {
      return new Uint8Array(this.ecdh.computeSecret(peerPublicKey))
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
