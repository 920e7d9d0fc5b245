/** Caddy (quic-go): an independent HTTP/3 server in Go. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requirePeer } from './peers.ts'
import { freePort, Process } from './processes.ts'

export interface CaddyServer {
  readonly port: number
  readonly process: Process
}

/** Serves a folder as https://localhost:PORT over HTTP/1.1, 2 and 3 on 127.0.0.1. */
export const startCaddy = async (
  folder: string,
  keyPath: string,
  certificatePath: string,
): Promise<CaddyServer> => {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'tsquic-caddy-'))
  const config = join(home, 'Caddyfile')
  writeFileSync(
    config,
    `{
  admin off
  auto_https disable_redirects
  skip_install_trust
  default_sni localhost
  servers {
    protocols h1 h2 h3
  }
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${certificatePath} ${keyPath}
  root * ${folder}
  file_server
}
`,
  )
  const server = Process.start(
    requirePeer('caddy'),
    ['run', '--config', config, '--adapter', 'caddyfile'],
    { env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home } },
  )
  await server.waitForUdpPort(port)
  return { port, process: server }
}
