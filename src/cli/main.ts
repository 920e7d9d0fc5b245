import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { runDemo } from './demo.ts'
import { runGet } from './get.ts'
import { commandLine } from './invocation.ts'
import { type CliIo, processIo, UsageError } from './io.ts'
import { runQif } from './qif.ts'
import { runServe } from './serve.ts'
import { runTop } from './top.ts'

const HELP = `tsquic - HTTP/3 over QUIC v1

  tsquic demo               a demo site on https://localhost:4433, and how to look at it
  tsquic serve [DIR]        serve files
  tsquic get URL...         fetch files
  tsquic top                the connections of a running server, live
  tsquic qif decode|encode  QPACK offline interop files

  tsquic COMMAND --help     what a command can do
  tsquic --version
`

type Command = (args: readonly string[], io: CliIo) => Promise<number>

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['demo', runDemo],
  ['serve', runServe],
  ['get', runGet],
  ['top', runTop],
  ['qif', runQif],
])

/** Runs one command; returns its exit code: 0 well, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[], io: CliIo = processIo): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '--version' || name === '-V') {
    io.stdout(`${version()}\n`)
    return 0
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(HELP)
    return 0
  }
  const command = COMMANDS.get(name)
  if (command === undefined) {
    const what = name === '' ? 'which command?' : `there is no command "${name}"`
    io.stderr(`tsquic: ${what}\n\n${HELP}`)
    return 2
  }
  try {
    return await command(rest, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(
        `tsquic ${name}: ${error.message}\n  ${commandLine()} ${name} --help lists the options\n`,
      )
      return 2
    }
    io.stderr(`tsquic ${name}: ${(error as Error).message}\n`)
    return 1
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  process.exitCode = await main(process.argv.slice(2))
}
