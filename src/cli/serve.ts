import { createSecureServer, type RetryPolicy } from '../api/index.ts'
import { parseArguments, parsePort } from './arguments.ts'
import type { StoredCertificate } from './dev-certificate.ts'
import { echo, isEcho } from './echo.ts'
import { fileFailure } from './file-failure.ts'
import { commandLine } from './invocation.ts'
import { type CliIo, UsageError } from './io.ts'
import { checkKeyLog, keyLogPath, writeKeyLog } from './key-log.ts'
import { listenFailure, runUntilSignal } from './run-server.ts'
import {
  parseWorkers,
  type RunningServer,
  type ServeOptions,
  startWorkers,
} from './serve-workers.ts'
import { serverIdentity } from './server-identity.ts'
import { StaticFiles } from './static/static-files.ts'

const SERVE_HELP = `tsquic serve [DIR] - serve the files of a directory (default: the current one) over HTTP/3

  --host H      address to listen on (default: all)
  --port P      UDP port (default: 4433)
  --cert F      certificate chain in PEM, the server's own first
  --key F       its private key in PEM
                Without both, a certificate for localhost is made and kept in .tsquic/
  --echo        answer POST /echo with what was posted, to try uploads
  --retry M     let clients prove their address first, which takes a round trip: auto (default: while
                many handshakes are under way), always or never
  --keylog F    append TLS secrets to F, for Wireshark (default: $SSLKEYLOGFILE)
  --workers N   handle requests in N processes; \`tsquic top\` shows the connections (default: 0)
  --dispatch M  which worker gets a request: round, fdmod (default: by connection), idleWorker,
                ipmod, uidmod, coConnLb, coReqLb or concurrentLb
  --top PATH    the Unix socket for \`tsquic top\` (default: one by process id)
  -h, --help

SIGINT or SIGTERM lets requests in progress finish, for 5 seconds; a second one ends at once.
`

export async function runServe(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArguments(args, {
    host: { type: 'string' },
    port: { type: 'string', default: '4433' },
    cert: { type: 'string' },
    key: { type: 'string' },
    echo: { type: 'boolean', default: false },
    retry: { type: 'string', default: 'auto' },
    keylog: { type: 'string' },
    workers: { type: 'string', default: '0' },
    dispatch: { type: 'string' },
    top: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout(SERVE_HELP)
    return 0
  }
  if (positionals.length > 1) throw new UsageError('serve takes one directory')
  const port = parsePort(values.port)
  const host = values.host ?? '::'
  await checkKeyLog(values.keylog)
  if (host === '') throw new UsageError('--host must be an address or a name')
  const directory = positionals[0] ?? '.'
  const workers = parseWorkers(values.workers)
  if (workers === 0 && (values.top ?? values.dispatch) !== undefined) {
    throw new UsageError('--top and --dispatch need --workers')
  }
  const files = await openFiles(directory)
  const identity = await serverIdentity(values.cert, values.key)
  const options: ServeOptions = {
    directory,
    host,
    port,
    cert: identity.cert,
    key: identity.key,
    echo: values.echo,
    retry: parseRetry(values.retry),
    keylog: keyLogPath(values.keylog),
    workers,
    dispatch: values.dispatch,
    top: values.top,
  }
  let server: RunningServer
  try {
    server = await (workers > 0 ? startWorkers(options, io) : start(options, files))
  } catch (error) {
    if (error instanceof UsageError) throw error
    io.stderr(`tsquic serve: ${listenFailure(error, host, port)}\n`)
    return 1
  }
  const shownHost = values.host === undefined || host === '::' ? 'localhost' : host
  const bound = server.port
  const literal = shownHost.includes(':') ? `[${shownHost}]` : shownHost
  const origin = `https://${literal}:${bound}/`
  io.stdout(`Serving ${directory} on ${origin} (HTTP/3, UDP)\n`)
  if (server.topCommand !== undefined) io.stderr(`Connections: ${server.topCommand}\n`)
  if (identity.warning !== undefined) io.stderr(`${identity.warning}\n`)
  if (identity.made !== undefined) io.stderr(aboutCertificate(identity.made, origin))
  await runUntilSignal(server, io)
  return 0
}

/** Everything in this process. */
async function start(options: ServeOptions, files: StaticFiles): Promise<RunningServer> {
  const { cert, key, echo: echoes, retry, keylog, host, port } = options
  const server = createSecureServer({ cert, key, retry })
  server.on('request', (request, response) => {
    if (echoes && isEcho(request)) echo(request, response)
    else void files.handle(request, response)
  })
  writeKeyLog(server, keylog)
  await server.listen({ host, port })
  return {
    port: server.address()?.port ?? port,
    topCommand: undefined,
    close: () => server.close(),
    closeAllConnections: () => server.closeAllConnections(),
  }
}

function parseRetry(policy: string): RetryPolicy {
  if (policy === 'auto' || policy === 'always' || policy === 'never') return policy
  throw new UsageError(`--retry must be auto, always or never, not "${policy}"`)
}

async function openFiles(directory: string): Promise<StaticFiles> {
  try {
    return await StaticFiles.open(directory)
  } catch (error) {
    throw new UsageError(`${directory} can't be served: ${fileFailure(error)}`)
  }
}

function aboutCertificate(
  { certFile, isNew, spkiHash }: StoredCertificate,
  origin: string,
): string {
  return `${isNew ? 'Made' : 'Using'} a certificate for localhost: ${certFile}
  SPKI hash: ${spkiHash}
  try it: ${commandLine()} get --ca ${certFile} ${origin}
`
}
