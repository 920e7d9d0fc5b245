import type { CipherSuite, CryptoProvider } from '../../tls13/index.ts'
import { expandPacketSecret, PayloadProtection } from './payload-protection.ts'

const NO_SECRET = new Uint8Array(0)

/** The 1-RTT keys of both directions in one key phase. */
export class KeyGeneration {
  readonly read: PayloadProtection
  readonly write: PayloadProtection
  private readonly crypto: CryptoProvider
  private readonly suite: CipherSuite
  private readSecret: Uint8Array
  private writeSecret: Uint8Array
  private readonly version: number

  constructor(
    crypto: CryptoProvider,
    suite: CipherSuite,
    readSecret: Uint8Array,
    writeSecret: Uint8Array,
    version: number,
  ) {
    this.crypto = crypto
    this.suite = suite
    this.readSecret = readSecret
    this.writeSecret = writeSecret
    this.version = version
    this.read = new PayloadProtection(crypto, suite, readSecret, version)
    this.write = new PayloadProtection(crypto, suite, writeSecret, version)
  }

  /** RFC 9001 §6.1. Only once: it forgets the secrets of this generation. */
  next(): KeyGeneration {
    const { crypto, suite, readSecret, writeSecret, version } = this
    const update = (secret: Uint8Array) =>
      expandPacketSecret(crypto, suite, secret, version, 'ku', secret.length)
    this.readSecret = NO_SECRET
    this.writeSecret = NO_SECRET
    return new KeyGeneration(crypto, suite, update(readSecret), update(writeSecret), version)
  }
}
