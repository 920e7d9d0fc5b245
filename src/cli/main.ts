import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { DEMO_HELP, runDemo } from './demo.ts'
import { GET_HELP, runGet } from './get.ts'
import { type CliIo, processIo, UsageError } from './io.ts'
import { runQif } from './qif.ts'
import { runServe, SERVE_HELP } from './serve.ts'
import { runTop, TOP_HELP } from './top.ts'

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

const COMMANDS: ReadonlyMap<string, { run: Command; help: string }> = new Map([
  ['demo', { run: runDemo, help: DEMO_HELP }],
  ['serve', { run: runServe, help: SERVE_HELP }],
  ['get', { run: runGet, help: GET_HELP }],
  ['top', { run: runTop, help: TOP_HELP }],
  ['qif', { run: runQif, help: '' }],
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
    return await command.run(rest, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`tsquic ${name}: ${error.message}\n\n${command.help}`)
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
