import type { AeadName } from '../../tls13/index.ts'

/** How long keys may be used (RFC 9001 §6.6). */
export interface AeadLimits {
  /** Packets sealed under one key. */
  readonly confidentiality: number
  /** Packets of the whole connection that failed to open. */
  readonly integrity: number
}

const GCM: AeadLimits = { confidentiality: 2 ** 23, integrity: 2 ** 52 }
/** RFC 9001 §6.6: more packets than there are packet numbers. */
const CHACHA: AeadLimits = { confidentiality: Number.POSITIVE_INFINITY, integrity: 2 ** 36 }

export function aeadLimits(aead: AeadName): AeadLimits {
  return aead === 'chacha20-poly1305' ? CHACHA : GCM
}
