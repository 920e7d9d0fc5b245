import type { CryptoProvider } from '../../src/index.ts'

export interface WatchedCrypto extends CryptoProvider {
  /** What has been called of it, and how often. */
  readonly used: ReadonlyMap<string, number>
}

/** A provider that tells what was asked of it. */
export function watchCrypto(crypto: CryptoProvider): WatchedCrypto {
  const used = new Map<string, number>()
  const noted = <F extends (...args: never[]) => unknown>(name: string, call: F): F =>
    ((...args: never[]) => {
      used.set(name, (used.get(name) ?? 0) + 1)
      return call(...args)
    }) as F
  return {
    name: crypto.name,
    createAead: noted('createAead', crypto.createAead),
    createHeaderProtection: noted('createHeaderProtection', crypto.createHeaderProtection),
    createHash: noted('createHash', crypto.createHash),
    hmac: noted('hmac', crypto.hmac),
    generateKeyShare: noted('generateKeyShare', crypto.generateKeyShare),
    loadPrivateKey: noted('loadPrivateKey', crypto.loadPrivateKey),
    verify: noted('verify', crypto.verify),
    used,
  }
}
