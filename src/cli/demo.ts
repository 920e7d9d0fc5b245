import { fileURLToPath } from 'node:url'
import { createSecureServer, fetch, type Http3Server } from '../api/index.ts'
import { parseArguments, parsePort } from './arguments.ts'
import { DemoSite } from './demo-site.ts'
import { devCertificate, type StoredCertificate } from './dev-certificate.ts'
import { commandLine } from './invocation.ts'
import { type CliIo, UsageError } from './io.ts'
import { checkKeyLog, writeKeyLog } from './key-log.ts'
import { formatBytes } from './progress.ts'
import { listenFailure, runUntilSignal } from './run-server.ts'

const DEMO_HELP = `tsquic demo - a demo site over HTTP/3, with a certificate that is made for it

  --port P      UDP port (default: 4433)
  --check       fetch the site from itself, with the certificate checked, print the result and end
  --keylog F    append TLS secrets to F, for Wireshark (default: $SSLKEYLOGFILE)
  -h, --help
`

const DEFAULT_PORT = 4433
const STATUS_INTERVAL = 500
const SITE = fileURLToPath(new URL('../../demo/', import.meta.url))

export async function runDemo(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArguments(args, {
    port: { type: 'string' },
    check: { type: 'boolean', default: false },
    keylog: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout(DEMO_HELP)
    return 0
  }
  if (positionals.length > 0) throw new UsageError('demo takes no arguments, only options')
  const wanted = values.port === undefined ? undefined : parsePort(values.port)
  await checkKeyLog(values.keylog)
  const certificate = await devCertificate('.tsquic')
  const site = await DemoSite.open(SITE)
  const server = createSecureServer({ key: certificate.key, cert: certificate.cert })
  server.on('request', (request, response) => site.handle(request, response))
  writeKeyLog(server, values.keylog)
  const port = await listen(server, wanted, values.check, io)
  if (port === undefined) return 1
  if (values.check) {
    const code = await check(port, certificate, io)
    await server.close()
    return code
  }
  io.stdout(instructions(port, certificate))
  const status = setInterval(statusLine(server, site, io), STATUS_INTERVAL)
  await runUntilSignal(server, io)
  clearInterval(status)
  return 0
}

/** The port; undefined when there is none to be had. A check takes any free one. */
async function listen(
  server: Http3Server,
  wanted: number | undefined,
  check: boolean,
  io: CliIo,
): Promise<number | undefined> {
  const port = wanted ?? DEFAULT_PORT
  try {
    await server.listen({ port })
  } catch (error) {
    if (!check || wanted !== undefined) {
      io.stderr(`tsquic demo: ${listenFailure(error, '::', port)}\n`)
      return undefined
    }
    await server.listen({ port: 0 })
  }
  return server.address()?.port
}

async function check(port: number, { cert }: StoredCertificate, io: CliIo): Promise<number> {
  const origin = `https://localhost:${port}`
  const upload = 'sent and echoed'
  try {
    const page = await fetch(`${origin}/`, { ca: cert })
    const text = await page.text()
    const echo = await fetch(`${origin}/echo`, { ca: cert, method: 'POST', body: upload })
    const back = await echo.text()
    const ok = page.status === 200 && text.includes('</html>') && back === upload
    io.stdout(
      `${ok ? 'ok' : 'FAILED'}: ${origin}/ answered ${page.status} with ${text.length} characters over HTTP/3, ` +
        `certificate verified; POST /echo ${back === upload ? 'came back whole' : 'came back changed'}\n`,
    )
    return ok ? 0 : 1
  } catch (error) {
    const { cause } = error as Error
    io.stderr(`FAILED: ${origin}/: ${cause instanceof Error ? cause.message : error}\n`)
    return 1
  }
}

function instructions(port: number, { certFile, spkiHash, isNew }: StoredCertificate): string {
  const url = `https://localhost:${port}/`
  return `The demo site is on ${url} - HTTP/3 only, over UDP.
The certificate is ${isNew ? 'new' : 'the one'} in ${certFile}; it is for localhost alone.

With the client of this package:
  ${commandLine()} get --ca ${certFile} -v ${url}

With Chromium or Chrome (a fresh profile, as the flags count only there):
  chromium --user-data-dir=$(mktemp -d) --origin-to-force-quic-on=localhost:${port} \\
    --ignore-certificate-errors-spki-list=${spkiHash} ${url}

Ctrl-C ends it.
`
}

/** Draws one line on a terminal, again whenever it changes. */
function statusLine(server: Http3Server, site: DemoSite, io: CliIo): () => void {
  let shown = ''
  return () => {
    if (!io.isTerminal) return
    const sent = formatBytes(site.bytesSent)
    const received = formatBytes(site.bytesReceived)
    const line = `connections: ${server.connections}  requests: ${site.requestCount}  sent: ${sent}  received: ${received}`
    if (line !== shown) io.stderr(`\r\x1b[K${line}`)
    shown = line
  }
}
