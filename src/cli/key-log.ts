import { createWriteStream, type WriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClientSession, Http3Server } from '../api/index.ts'
import { fileFailure } from './file-failure.ts'
import { UsageError } from './io.ts'

/** The file that was asked for; else `SSLKEYLOGFILE` of the environment decides, as in browsers. */
export function keyLogPath(file: string | undefined): string | undefined {
  const path = file ?? process.env.SSLKEYLOGFILE
  return path === '' ? undefined : path
}

/** Throws a UsageError when the file that was asked for can't be written. */
export async function checkKeyLog(file: string | undefined): Promise<void> {
  if (file === undefined || file === '') return
  try {
    const known = await stat(file).catch(() => undefined)
    // To open a pipe is to wait for its reader.
    if (known !== undefined && !known.isFile() && !known.isDirectory()) return
    await (await open(file, 'a', 0o600)).close()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const what = code === 'ENOENT' ? `${dirname(file)} does not exist` : fileFailure(error)
    throw new UsageError(`--keylog ${file}: ${what}`)
  }
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
