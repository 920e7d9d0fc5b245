import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of a script of this folder, compiled where this one is. */
export function benchScript(name: string): string {
  return fileURLToPath(new URL(name + extname(import.meta.url), import.meta.url))
}
