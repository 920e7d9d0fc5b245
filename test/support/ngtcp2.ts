/** ngtcp2's example client and server (GnuTLS): an independent QUIC and HTTP/3 stack in C. */
import { requirePeer } from './peers.ts'
import { freePort, Process, type RunResult, run } from './processes.ts'

export interface GtlsServer {
  readonly port: number
  readonly process: Process
}

/** Serves a folder on 127.0.0.1. */
export const startGtlsServer = async (
  folder: string,
  keyPath: string,
  certificatePath: string,
  flags: readonly string[] = [],
): Promise<GtlsServer> => {
  const port = await freePort()
  const server = Process.start(requirePeer('gtlsserver'), [
    ...['-q', '-d', folder, ...flags],
    ...['127.0.0.1', String(port), keyPath, certificatePath],
  ])
  await server.waitForUdpPort(port)
  return { port, process: server }
}

/**
 * Downloads files of one server on 127.0.0.1 over one connection. The exit code says nothing (it is
 * 0 whatever happens) and certificates are not checked: judge by the files.
 */
export const downloadWithGtlsClient = (
  port: number,
  names: readonly string[],
  folder: string,
  flags: readonly string[] = [],
): Promise<RunResult> =>
  run(
    requirePeer('gtlsclient'),
    [
      ...['-q', '--exit-on-all-streams-close', `--download=${folder}`, ...flags],
      ...['127.0.0.1', String(port)],
      ...names.map((name) => `https://localhost:${port}/${name}`),
    ],
    { timeoutMs: 180_000 },
  )
