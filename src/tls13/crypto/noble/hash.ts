import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { HashName, RunningHash } from '../provider.ts'

export const HASHES = { sha256, sha384, sha512 } as const

class NobleRunningHash implements RunningHash {
  private readonly hash: ReturnType<typeof sha256.create> | ReturnType<typeof sha384.create>

  constructor(name: HashName) {
    this.hash = HASHES[name].create()
  }

  update(bytes: Uint8Array): void {
    this.hash.update(bytes)
  }

  digest(): Uint8Array {
    return this.hash.clone().digest()
  }
}

export function createHash(name: HashName): RunningHash {
  return new NobleRunningHash(name)
}

export function hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return nobleHmac(HASHES[name], key, data)
}
