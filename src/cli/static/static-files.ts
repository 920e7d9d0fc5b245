import type { Stats } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import type { Http3ServerRequest, Http3ServerResponse } from '../../api/index.ts'
import { parseByteRange } from './byte-range.ts'
import { renderListing } from './listing.ts'
import { mimeType } from './mime-types.ts'
import { relativePath, resolveInside } from './safe-path.ts'

/** Big reads: each costs a trip to the thread pool. */
const READ_SIZE = 256 * 1024

/** Serves the files below one directory, read only. */
export class StaticFiles {
  private readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  /** Rejects with Node's error when the directory is not there. */
  static async open(directory: string): Promise<StaticFiles> {
    const root = await realpath(directory)
    await readdir(root)
    return new StaticFiles(root)
  }

  /** Answers a request; never rejects. */
  async handle(request: Http3ServerRequest, response: Http3ServerResponse): Promise<void> {
    try {
      await this.answer(request, response)
    } catch (error) {
      if (response.headersSent) response.destroy(error as Error)
      else sendText(response, 500, 'The file could not be read')
    }
  }

  private async answer(request: Http3ServerRequest, response: Http3ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      sendText(response, 405, 'Only GET and HEAD are possible here')
      return
    }
    const relative = relativePath(request.url)
    const path = relative === undefined ? undefined : await resolveInside(this.root, relative)
    if (relative === undefined || path === undefined) {
      sendText(response, 404, 'There is no such file')
      return
    }
    // Not opened before it is known: to open a pipe is to wait for its other end.
    const stats = await stat(path)
    if (stats.isFile() && !(relative === '' || relative.endsWith('/'))) {
      const file = await open(path)
      sendFile(request, response, file, await file.stat(), path)
      return
    }
    if (stats.isDirectory()) await this.answerDirectory(request, response, relative, path)
    else sendText(response, 404, 'There is no such file')
  }

  private async answerDirectory(
    request: Http3ServerRequest,
    response: Http3ServerResponse,
    relative: string,
    path: string,
  ): Promise<void> {
    const query = request.url.indexOf('?')
    const [pathname, search] =
      query === -1 ? [request.url, ''] : [request.url.slice(0, query), request.url.slice(query)]
    if (!pathname.endsWith('/')) {
      // One slash at the start: two would name another host.
      response.writeHead(308, { location: `/${pathname.replace(/^\/+/, '')}/${search}` })
      response.end()
      return
    }
    const index = await resolveInside(this.root, `${relative}index.html`)
    if (index === undefined || !(await stat(index)).isFile()) {
      const entries = await readdir(path, { withFileTypes: true })
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(renderListing(`/${relative}`, entries))
      return
    }
    const file = await open(index)
    sendFile(request, response, file, await file.stat(), index)
  }
}

function sendFile(
  request: Http3ServerRequest,
  response: Http3ServerResponse,
  file: FileHandle,
  stats: Stats,
  path: string,
): void {
  const etag = `"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`
  response.setHeader('etag', etag)
  response.setHeader('last-modified', stats.mtime.toUTCString())
  response.setHeader('accept-ranges', 'bytes')
  if (isFresh(request, etag, stats)) {
    response.writeHead(304)
    endWithout(response, file)
    return
  }
  response.setHeader('content-type', mimeType(path))
  response.setHeader('x-content-type-options', 'nosniff')
  const range = requestedRange(request, etag, stats)
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${stats.size}`)
    sendText(response, 416, 'The range is beyond the end of the file')
    void file.close()
    return
  }
  const { start, end } = range ?? { start: 0, end: stats.size - 1 }
  const length = end - start + 1
  if (range !== undefined) {
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${start}-${end}/${stats.size}`)
  }
  response.setHeader('content-length', length)
  if (request.method === 'HEAD' || length === 0) {
    endWithout(response, file)
    return
  }
  const content = file.createReadStream({ start, end, highWaterMark: READ_SIZE })
  // A client that goes away is no news; a file that can't be read resets the stream.
  pipeline(content, response, () => {})
}

function endWithout(response: Http3ServerResponse, file: FileHandle): void {
  void file.close()
  response.end()
}

/** RFC 9110 §13.2.2: `if-none-match` outranks `if-modified-since`. */
function isFresh({ headers }: Http3ServerRequest, etag: string, stats: Stats): boolean {
  const known = headers['if-none-match']
  if (typeof known === 'string') {
    return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  }
  const since = headers['if-modified-since']
  if (typeof since !== 'string') return false
  return Math.floor(stats.mtimeMs / 1000) * 1000 <= Date.parse(since)
}

function requestedRange(
  { headers, method }: Http3ServerRequest,
  etag: string,
  stats: Stats,
): ReturnType<typeof parseByteRange> {
  const { range } = headers
  if (typeof range !== 'string' || method !== 'GET') return undefined
  const condition = headers['if-range']
  if (typeof condition === 'string' && condition !== etag) {
    if (Math.floor(stats.mtimeMs / 1000) * 1000 !== Date.parse(condition)) return undefined
  }
  return parseByteRange(range, stats.size)
}

function sendText(response: Http3ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${text}\n`)
}
