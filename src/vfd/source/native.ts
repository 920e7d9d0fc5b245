import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { type PairCalls, SyscallMaker } from './syscall-maker.ts'

/**
 * Pairs by an addon that the user built (`native/README.md`). Throws when it cannot be loaded.
 *
 * @param path of the `.node` file
 */
export function loadNative(path: string, lowestPeer: number): SyscallMaker {
  const require = createRequire(import.meta.url)
  const addon = require(resolve(path)) as Partial<PairCalls>
  if (typeof addon.pair !== 'function' || typeof addon.close !== 'function')
    throw new Error(`${path} does not export pair and close`)
  return new SyscallMaker('native', addon as PairCalls, lowestPeer)
}
