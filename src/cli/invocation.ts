import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a user who reads it can call the command: an installed one, or that of a checkout. */
export function commandLine(): string {
  const program = fileURLToPath(new URL('../../bin/tsquic.js', import.meta.url))
  if (program.includes(`${sep}node_modules${sep}`)) return 'npx tsquic'
  return `node ${relative(process.cwd(), program)}`
}
