import { createRequire } from 'node:module'

/** What we use of node:ffi, which the types of Node 20 do not know. */
export interface NodeFfi {
  /** The functions of the libraries that are loaded already, libc's among them. */
  dlopen<T>(
    path: null,
    functions: Readonly<Record<string, { arguments: readonly string[]; return: string }>>,
  ): { functions: T }
  getInt32(pointer: bigint, offset: number): number
  getRawPointer(buffer: ArrayBufferLike): bigint
}

/**
 * node:ffi, which Node has from version 26 on. Throws where there is none, or no permission for it.
 * Without its ExperimentalWarning: who uses it has a fallback for the day that the module changes.
 */
export function requireFfi(): NodeFfi {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return createRequire(import.meta.url)('node:ffi') as NodeFfi
  } finally {
    process.emitWarning = emitWarning
  }
}
