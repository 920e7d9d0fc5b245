import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Options of Node that are not for a second process: they have a port, or the script, in them. */
const OWN = /^--(inspect|eval|print|check|interactive|test|watch)(-|=|$)/
const OWN_WITH_VALUE: ReadonlySet<string> = new Set(['-e', '-p', '-pe', '--eval', '--print'])

/** The command of a worker's process: this Node, with its options (loaders among them), and our entry. */
export function workerCommand(): [command: string, args: string[]] {
  // In a checkout we run as TypeScript, in the package as JavaScript.
  const entry = new URL(`./runtime/entry${extname(import.meta.url)}`, import.meta.url)
  return [process.execPath, [...inheritedOptions(process.execArgv), fileURLToPath(entry)]]
}

/** @internal */
export function inheritedOptions(execArgv: readonly string[]): string[] {
  const options: string[] = []
  for (let i = 0; i < execArgv.length; i++) {
    const option = execArgv[i]!
    if (OWN_WITH_VALUE.has(option)) i++
    else if (!OWN.test(option)) options.push(option)
  }
  return options
}
