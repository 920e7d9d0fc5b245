import type { CryptoProvider, HashName } from '../crypto/provider.ts'
import { EMPTY, HASH_LENGTH, hkdfExpandLabel, hkdfExtract } from './hkdf.ts'
import { Transcript } from './transcript.ts'

/** The secrets of the two directions, named after who sends under them. */
export interface TrafficSecrets {
  readonly client: Uint8Array
  readonly server: Uint8Array
}

export interface ApplicationSecrets extends TrafficSecrets {
  readonly exporter: Uint8Array
}

/**
 * The key schedule of TLS 1.3 (RFC 9846 §7.1) with its transcript. The order of calls is that of the
 * handshake: messages are added as they pass, and secrets are derived at the points named below.
 */
export class KeySchedule {
  readonly transcript: Transcript
  private readonly crypto: CryptoProvider
  private readonly hash: HashName
  private readonly hashLength: number
  /** The early, then the handshake, then the master secret. */
  private secret: Uint8Array

  /** @param psk a pre-shared key for the early secret; by default there is none, which counts as zeros */
  constructor(crypto: CryptoProvider, hash: HashName, psk?: Uint8Array) {
    this.crypto = crypto
    this.hash = hash
    this.hashLength = HASH_LENGTH[hash]
    this.transcript = new Transcript(crypto, hash)
    const zeros = new Uint8Array(this.hashLength)
    this.secret = hkdfExtract(crypto, hash, zeros, psk ?? zeros)
  }

  /** After the ServerHello. */
  deriveHandshakeSecrets(sharedSecret: Uint8Array): TrafficSecrets {
    this.advance(sharedSecret)
    const transcriptHash = this.transcript.digest()
    return {
      client: this.expand(this.secret, 'c hs traffic', transcriptHash),
      server: this.expand(this.secret, 's hs traffic', transcriptHash),
    }
  }

  /** After the server's Finished. */
  deriveApplicationSecrets(): ApplicationSecrets {
    this.advance(new Uint8Array(this.hashLength))
    const transcriptHash = this.transcript.digest()
    return {
      client: this.expand(this.secret, 'c ap traffic', transcriptHash),
      server: this.expand(this.secret, 's ap traffic', transcriptHash),
      exporter: this.expand(this.secret, 'exp master', transcriptHash),
    }
  }

  /** verify_data of a Finished over the messages so far (RFC 9846 §4.5.3). */
  finishedVerifyData(handshakeTrafficSecret: Uint8Array): Uint8Array {
    const finishedKey = this.expand(handshakeTrafficSecret, 'finished', EMPTY)
    return this.crypto.hmac(this.hash, finishedKey, this.transcript.digest())
  }

  private advance(inputKeyMaterial: Uint8Array): void {
    const emptyHash = this.crypto.createHash(this.hash).digest()
    const salt = this.expand(this.secret, 'derived', emptyHash)
    this.secret = hkdfExtract(this.crypto, this.hash, salt, inputKeyMaterial)
  }

  private expand(secret: Uint8Array, label: string, context: Uint8Array): Uint8Array {
    return hkdfExpandLabel(this.crypto, this.hash, secret, label, context, this.hashLength)
  }
}
