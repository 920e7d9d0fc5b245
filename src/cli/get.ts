import { type ClientSession, connect } from '../api/index.ts'
import { parseArguments } from './arguments.ts'
import { Download } from './download.ts'
import { downloadTargets } from './download-target.ts'
import { fileFailure } from './file-failure.ts'
import { type CliIo, UsageError } from './io.ts'
import { checkKeyLog, writeKeyLog } from './key-log.ts'
import { Progress } from './progress.ts'
import { readPem } from './server-identity.ts'

const GET_HELP = `tsquic get URL... - fetch over HTTP/3; several URLs of one host go over one connection at once

  -o, --output F    write to F (one URL only); default, and -: standard output
  --download DIR    write each to DIR, named as in its URL
  --ca F            trust the certificates in F (PEM) instead of the system's
  --insecure        accept any certificate: for tests only
  --keylog F        append TLS secrets to F, for Wireshark (default: $SSLKEYLOGFILE)
  -v, --verbose     show the connection and the headers on standard error
  -h, --help

The exit code is 0 if every file came whole, with a 2xx status; 1 if one did not; 2 for a mistake in
the command; 130 after Ctrl-C. Redirects are not followed: their status is a failure, which says where
to. A file has its name only when it is whole; until then it ends in .part.
`

interface GetOptions {
  readonly ca: string | undefined
  readonly insecure: boolean
  readonly keylog: string | undefined
  readonly verbose: boolean
}

export async function runGet(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArguments(args, {
    output: { type: 'string', short: 'o' },
    download: { type: 'string' },
    ca: { type: 'string' },
    insecure: { type: 'boolean', default: false },
    keylog: { type: 'string' },
    verbose: { type: 'boolean', short: 'v', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout(GET_HELP)
    return 0
  }
  const urls = positionals.map(parseTarget)
  if (urls.length === 0) throw new UsageError('get needs a URL')
  const targets = await downloadTargets(urls, values.output, values.download)
  await checkKeyLog(values.keylog)
  const ca = values.ca === undefined ? undefined : await readPem('--ca', values.ca, 'CERTIFICATE')
  const { insecure, keylog, verbose } = values
  const options: GetOptions = { ca, insecure, keylog, verbose }
  const sessions = new Map<string, ClientSession>()
  const progress = new Progress(io)
  const downloads = urls.map((url, index) => {
    const session = sessions.get(url.origin) ?? openSession(url, options, io)
    sessions.set(url.origin, session)
    return new Download(session, url, targets[index], progress, verbose ? io : undefined)
  })
  // A reader that goes away (`| head`) fails the write that is told so.
  io.output.on('error', ignore)
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    for (const session of sessions.values()) session.destroy()
  }
  process.once('SIGINT', interrupt)
  let failures = 0
  // Those that go to standard output keep their order; the others come as they like.
  for (const download of downloads) {
    const error = await download.save(io)
    if (error === undefined) continue
    failures++
    if (interrupted) continue
    progress.clear()
    io.stderr(`tsquic get: ${download.url.href}: ${explain(error, options)}\n`)
  }
  progress.clear()
  io.output.off('error', ignore)
  process.off('SIGINT', interrupt)
  await Promise.all([...sessions.values()].map((session) => session.close()))
  if (interrupted) {
    const hasParts = targets.some((target) => target !== undefined && !target.isSpecial)
    io.stderr(`tsquic get: interrupted${hasParts ? '; what is not whole ends in .part' : ''}\n`)
    return 130
  }
  return failures === 0 ? 0 : 1
}

function parseTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new UsageError(`"${text}" is not a URL: ${urlFault(text)}`)
  if (url.protocol !== 'https:') throw new UsageError(`${text}: HTTP/3 has https: URLs only`)
  return url
}

function urlFault(text: string): string {
  if (!/^https:\/\//i.test(text)) return 'it begins with https://'
  const port = /^https:\/\/[^/?#]*:(\d+)(?=[/?#]|$)/i.exec(text)?.[1]
  if (port !== undefined && Number(port) > 65_535) return 'the port is a number up to 65535'
  return 'is the host name right, and the port?'
}

function openSession(url: URL, options: GetOptions, io: CliIo): ClientSession {
  const { ca, insecure, keylog, verbose } = options
  const session = connect(url.origin, {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: !insecure,
  })
  writeKeyLog(session, keylog)
  // Each download reports its own error.
  session.on('error', ignore)
  if (verbose) {
    session.on('connect', () => {
      const { address, port } = session.remote
      io.stderr(`* connected to ${address} port ${port}, HTTP/3\n`)
      if (session.authorizationError !== undefined) {
        io.stderr(`* certificate NOT verified: ${session.authorizationError.message}\n`)
      }
    })
  }
  return session
}

/** What went wrong, and what may help. */
function explain(error: Error, options: GetOptions): string {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === 'write' || syscall === 'open' || syscall === 'rename') return fileFailure(error)
  if (code === 'ERR_HTTP3_SESSION_CLOSED') {
    return `the server closed the connection before the file was whole [${code}]`
  }
  return `${error.message}${code === undefined ? '' : ` [${code}]`}${hint(code, options)}`
}

function hint(code: string | undefined, { ca }: GetOptions): string {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return ca === undefined
        ? '\n  If the certificate is your own, give it (or its authority) with --ca'
        : '\n  --ca does not hold the authority of this certificate'
    case 'CERT_SIGNATURE_FAILURE':
      return (
        '\n  Was the authority made anew, with the same name but another key? ' +
        'Give the certificate of the one that signed with --ca'
      )
    case 'ERR_QUIC_HANDSHAKE_TIMEOUT':
      return '\n  Does the server speak HTTP/3 on this UDP port? Is UDP let through?'
    case 'ENOTFOUND':
      return '\n  Is the host name right?'
    default:
      return ''
  }
}

function ignore(): void {}
