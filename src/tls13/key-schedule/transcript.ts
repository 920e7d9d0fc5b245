import type { CryptoProvider, HashName, RunningHash } from '../crypto/provider.ts'
import { HandshakeType } from '../messages/handshake-type.ts'
import { HASH_LENGTH } from './hkdf.ts'

/** The running hash of all handshake messages (RFC 9846 §4.1). */
export class Transcript {
  private readonly crypto: CryptoProvider
  private readonly hashName: HashName
  private hash: RunningHash

  constructor(crypto: CryptoProvider, hashName: HashName) {
    this.crypto = crypto
    this.hashName = hashName
    this.hash = crypto.createHash(hashName)
  }

  /** @param message a whole handshake message with its header */
  add(message: Uint8Array): void {
    this.hash.update(message)
  }

  digest(): Uint8Array {
    return this.hash.digest()
  }

  /** Puts the synthetic message_hash in the place of the first ClientHello, before a HelloRetryRequest. */
  foldForRetry(): void {
    const firstHash = this.hash.digest()
    this.hash = this.crypto.createHash(this.hashName)
    this.hash.update(Uint8Array.of(HandshakeType.messageHash, 0, 0, HASH_LENGTH[this.hashName]))
    this.hash.update(firstHash)
  }
}
