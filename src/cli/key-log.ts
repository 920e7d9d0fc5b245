import { createWriteStream, type WriteStream } from 'node:fs'
import type { ClientSession, Http3Server } from '../api/index.ts'

/** The file that was asked for; else `SSLKEYLOGFILE` of the environment decides, as in browsers. */
export function keyLogPath(file: string | undefined): string | undefined {
  const path = file ?? process.env.SSLKEYLOGFILE
  return path === '' ? undefined : path
}

/** Appends the TLS secrets of a server or a session to a file, as Wireshark reads it. */
export function writeKeyLog(source: Http3Server | ClientSession, file: string | undefined): void {
  const path = keyLogPath(file)
  if (path === undefined) return
  const output = openKeyLog(path)
  source.on('keylog', (line: Buffer) => void output.write(line))
  source.once('close', () => output.end())
}

/** What appends lines of secrets to a file, until the process ends. */
export function keyLogWriter(path: string): (line: Buffer) => void {
  const output = openKeyLog(path)
  return (line) => void output.write(line)
}

function openKeyLog(path: string): WriteStream {
  const output = createWriteStream(path, { flags: 'a', mode: 0o600 })
  output.on('error', (error) =>
    process.stderr.write(`The key log can't be written: ${error.message}\n`),
  )
  return output
}
