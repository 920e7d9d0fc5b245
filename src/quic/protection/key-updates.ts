import { concatBytes } from '../../bytes/index.ts'
import type { CipherSuite, CryptoProvider } from '../../tls13/index.ts'
import { expandPacketSecret, PayloadProtection } from './payload-protection.ts'

/** Where the keys of the next key phases come from (RFC 9001 §6.1). Knows nothing of those before. */
export class KeyUpdates {
  private readonly crypto: CryptoProvider
  private readonly suite: CipherSuite
  private readonly version: number
  /** Of the newest read keys, and behind it of the newest write keys: one piece of memory. */
  private readonly secrets: Uint8Array

  /** @param readSecret of the first key phase, as `writeSecret` */
  constructor(
    crypto: CryptoProvider,
    suite: CipherSuite,
    readSecret: Uint8Array,
    writeSecret: Uint8Array,
    version: number,
  ) {
    this.crypto = crypto
    this.suite = suite
    this.version = version
    this.secrets = concatBytes([readSecret, writeSecret])
  }

  nextRead(): PayloadProtection {
    return this.next(0)
  }

  nextWrite(): PayloadProtection {
    return this.next(this.secrets.length / 2)
  }

  private next(at: number): PayloadProtection {
    const { crypto, suite, secrets, version } = this
    const length = secrets.length / 2
    // A copy: once native code has seen it, the memory of a small array is twice as large.
    const old = secrets.slice(at, at + length)
    const secret = expandPacketSecret(crypto, suite, old, version, 'ku', length)
    secrets.set(secret, at)
    return new PayloadProtection(crypto, suite, secret, version)
  }
}
