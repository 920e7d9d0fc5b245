import { createHmac, createHash as createNodeHash, type Hash } from 'node:crypto'
import type { HashName, RunningHash } from '../provider.ts'

class NodeRunningHash implements RunningHash {
  private readonly hash: Hash

  constructor(name: HashName) {
    this.hash = createNodeHash(name)
  }

  update(bytes: Uint8Array): void {
    this.hash.update(bytes)
  }

  digest(): Uint8Array {
    return this.hash.copy().digest()
  }
}

export function createHash(name: HashName): RunningHash {
  return new NodeRunningHash(name)
}

export function hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac(name, key).update(data).digest()
}
