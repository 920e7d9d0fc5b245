import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'

/**
 * The path below the root that a request's `:path` means, without a leading slash; undefined when it
 * means none: bad percent-encoding, a NUL, a step upwards in any disguise, or a hidden file
 * (`.well-known` is not hidden).
 */
export function relativePath(url: string): string | undefined {
  const query = url.search(/[?#]/)
  const encoded = query === -1 ? url : url.slice(0, query)
  if (!encoded.startsWith('/')) return undefined
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  if (path.includes('\0') || path.includes('\\')) return undefined
  for (const segment of path.split('/')) {
    if (segment.startsWith('.') && segment !== '.well-known') return undefined
  }
  return path.slice(1)
}

/**
 * The real path of a file below `root` (itself a real path). Undefined when there is none, or when a
 * symbolic link leads out.
 */
export async function resolveInside(root: string, relative: string): Promise<string | undefined> {
  let real: string
  try {
    real = await realpath(join(root, relative))
  } catch {
    return undefined
  }
  const inside = root.endsWith(sep) ? root : root + sep
  return real === root || real.startsWith(inside) ? real : undefined
}
