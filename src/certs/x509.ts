import { createRequire } from 'node:module'
import type * as X509 from '@peculiar/x509'

const require = createRequire(import.meta.url)
let loaded: typeof X509 | undefined

/**
 * The package @peculiar/x509, loaded on first use: that takes a tenth of a second. While it loads it
 * insists on the metadata functions of a Reflect polyfill, which it then has no use for. It gets empty
 * ones, and they are taken away at once: a program may bring the real polyfill later.
 */
export function loadX509(): typeof X509 {
  loaded ??= withReflectMetadata(() => require('@peculiar/x509') as typeof X509)
  return loaded
}

function withReflectMetadata<T>(load: () => T): T {
  if ('getMetadata' in Reflect) return load()
  const stubs = { getMetadata: () => undefined, getOwnMetadata: () => undefined }
  Object.assign(Reflect, stubs)
  try {
    return load()
  } finally {
    for (const name of Object.keys(stubs)) Reflect.deleteProperty(Reflect, name)
  }
}
