import { createWriteStream } from 'node:fs'
import type { ClientSession, Http3Server } from '../api/index.ts'

/**
 * Appends a server's or a session's TLS secrets to a file, as Wireshark reads it. Without a file
 * named, `SSLKEYLOGFILE` of the environment decides, as in browsers.
 */
export function writeKeyLog(source: Http3Server | ClientSession, file: string | undefined): void {
  const path = file ?? process.env.SSLKEYLOGFILE
  if (path === undefined || path === '') return
  const output = createWriteStream(path, { flags: 'a', mode: 0o600 })
  output.on('error', (error) =>
    process.stderr.write(`The key log can't be written: ${error.message}\n`),
  )
  source.on('keylog', (line: Buffer) => void output.write(line))
  source.once('close', () => output.end())
}
