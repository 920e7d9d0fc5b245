import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkTopFolder, topFolder } from '../vfd/index.ts'
import { parseArguments } from './arguments.ts'
import { type CliIo, UsageError } from './io.ts'
import { TopClient } from './top-client.ts'
import { renderTop } from './top-table.ts'

const TOP_HELP = `tsquic top [SOCKET|PID] - the connections of a running server, live

  SOCKET is what the server's --top, or its option topSocket, names; a PID stands for the default
  of that process. Without either, the only server of this user is taken.

  --once          print the table once and end
  --interval S    seconds between looks, 0.01 to 86400 (default: 1)
  --rows N        connections shown (default: what the terminal has room for, else 100)
  -h, --help
`

const CLEAR = '\x1b[H\x1b[J'
/** Seconds: often enough for any eye, and well below where Node's timers overflow and fire at once. */
const MIN_INTERVAL = 0.01
const MAX_INTERVAL = 86_400
/** Lines that are no rows of connections: what the server does, and headings. */
const OTHER_LINES = 8

export async function runTop(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArguments(args, {
    once: { type: 'boolean', default: false },
    interval: { type: 'string', default: '1' },
    rows: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout(TOP_HELP)
    return 0
  }
  if (positionals.length > 1) throw new UsageError('top looks at one server')
  const interval = parseInterval(values.interval)
  const rows = values.rows === undefined ? roomForRows() : parseRows(values.rows)
  const client = await TopClient.connect(socketPath(positionals[0]))
  const live = !values.once
  const redraws = live && process.stdout.isTTY === true
  let unread = false
  const onOutputError = () => {
    unread = true
    client.close()
  }
  io.output.once('error', onOutputError)
  try {
    for (;;) {
      const answer = await client.ask(rows)
      if (unread) return 0
      if (answer === undefined) {
        io.stderr('The server has ended\n')
        return live ? 0 : 1
      }
      const table = renderTop(answer, process.stdout.columns ?? 0)
      io.stdout(redraws ? `${CLEAR}${table}` : table)
      if (!live) return 0
      if (!redraws) io.stdout('\n')
      await client.pause(interval)
    }
  } finally {
    io.output.off('error', onOutputError)
    client.close()
  }
}

function socketPath(named: string | undefined): string {
  if (named !== undefined && !/^\d+$/.test(named)) return named
  checkTopFolder()
  if (named !== undefined) return join(topFolder(), `${named}.sock`)
  const running = listSockets()
  if (running.length === 1) return join(topFolder(), running[0]!)
  if (running.length === 0) throw new Error('No server is running, or it has a socket elsewhere')
  const which = running.map((name) => name.replace('.sock', '')).join(', ')
  throw new UsageError(`Several servers are running (${which}): name a socket or a process id`)
}

function listSockets(): string[] {
  try {
    return readdirSync(topFolder()).filter((name) => {
      const pid = /^(\d+)\.sock$/.exec(name)?.[1]
      return pid !== undefined && isRunning(Number(pid))
    })
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function roomForRows(): number {
  const { isTTY, rows } = process.stdout
  return isTTY && rows !== undefined ? Math.max(1, rows - OTHER_LINES) : 100
}

/** Milliseconds. */
function parseInterval(text: string): number {
  const seconds = Number(text)
  if (seconds >= MIN_INTERVAL && seconds <= MAX_INTERVAL) return seconds * 1000
  throw new UsageError(
    `--interval must be a number of seconds from ${MIN_INTERVAL} to ${MAX_INTERVAL}, not "${text}"`,
  )
}

function parseRows(text: string): number {
  const rows = Number(text)
  if (rows > 0 && Number.isFinite(rows)) return rows
  throw new UsageError(`--rows must be a number above 0, not "${text}"`)
}
