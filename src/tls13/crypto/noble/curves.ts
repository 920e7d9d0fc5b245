import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import type { CurveKind } from '../public-key.ts'

/** A curve of NIST. */
export interface Curve {
  readonly ecdsa: ECDSA
  /** Bytes of a private key, and of each half of a signature. */
  readonly scalarLength: number
}

export const CURVES: Readonly<Record<CurveKind, Curve>> = {
  'ec-p256': { ecdsa: p256, scalarLength: 32 },
  'ec-p384': { ecdsa: p384, scalarLength: 48 },
  /** Of authorities only. */
  'ec-p521': { ecdsa: p521, scalarLength: 66 },
}
