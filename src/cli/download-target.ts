import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileFailure } from './file-failure.ts'
import { UsageError } from './io.ts'

export interface DownloadTarget {
  readonly file: string
  /** A device or a pipe, which is written to as it is: it must not be replaced by a file. */
  readonly isSpecial: boolean
}

/** Where `--output` and `--download` want each URL; undefined stands for standard output. */
export async function downloadTargets(
  urls: readonly URL[],
  output: string | undefined,
  directory: string | undefined,
): Promise<(DownloadTarget | undefined)[]> {
  if (output !== undefined && directory !== undefined) {
    throw new UsageError('--output and --download exclude each other')
  }
  if (output !== undefined && urls.length > 1) {
    throw new UsageError('--output is for one URL; use --download DIR for several')
  }
  if (directory !== undefined) return targetsIn(directory, urls)
  return output === undefined || output === '-' ? urls.map(() => undefined) : [await target(output)]
}

async function targetsIn(directory: string, urls: readonly URL[]): Promise<DownloadTarget[]> {
  const files = urls.map((url) => join(directory, downloadName(url)))
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined) throw new UsageError(`two of the URLs would be written to ${twice}`)
  try {
    await mkdir(directory, { recursive: true })
  } catch (error) {
    throw new UsageError(`--download ${directory}: ${fileFailure(error)}`)
  }
  return Promise.all(files.map(target))
}

async function target(file: string): Promise<DownloadTarget> {
  const known = await stat(file).catch(() => undefined)
  if (known?.isDirectory()) {
    throw new UsageError(`${file} is a directory; --download writes into one`)
  }
  if (known !== undefined) return { file, isSpecial: !known.isFile() }
  try {
    await stat(dirname(file))
  } catch (error) {
    throw new UsageError(`--output ${file}: ${fileFailure(error)}`)
  }
  return { file, isSpecial: false }
}

/** The file name that a URL stands for: its last path segment, which can't lead elsewhere. */
function downloadName(url: URL): string {
  const segment = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  let name = segment
  try {
    name = decodeURIComponent(segment)
  } catch {
    // A stray percent sign stays as it is.
  }
  name = name.replace(/[/\\\0]/g, '_')
  return name === '' || name === '.' || name === '..' ? 'index.html' : name
}
