import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientSession, Http3ClientRequest, ResponseHeaders } from '../api/index.ts'
import type { DownloadTarget } from './download-target.ts'
import type { CliIo } from './io.ts'
import type { Progress } from './progress.ts'

/** One URL on its way to a file, or to standard output. The request leaves at once. */
export class Download {
  readonly url: URL
  private readonly progress: Progress
  private readonly verbose: CliIo | undefined
  private readonly saved: Promise<Error | undefined> | undefined
  private readonly request: Http3ClientRequest | Error
  private readonly response: Promise<ResponseHeaders>
  private received = 0

  constructor(
    session: ClientSession,
    url: URL,
    target: DownloadTarget | undefined,
    progress: Progress,
    verbose: CliIo | undefined,
  ) {
    this.url = url
    this.progress = progress
    this.verbose = verbose
    this.request = start(session, url)
    this.response = responseOf(this.request)
    // It may fail long before its turn to be written comes.
    this.response.catch(() => {})
    this.saved = target === undefined ? undefined : this.toFile(target)
  }

  /** Undefined when all of it came and was written. */
  async save(io: CliIo): Promise<Error | undefined> {
    return this.saved ?? this.attempt((request) => copy(request, io.output))
  }

  private toFile({ file, isSpecial }: DownloadTarget): Promise<Error | undefined> {
    return this.attempt(async (request) => {
      if (isSpecial) {
        await pipeline(request, createWriteStream(file))
        return
      }
      const part = `${file}.part`
      await pipeline(request, createWriteStream(part))
      await rename(part, file)
    })
  }

  private async attempt(
    write: (request: Http3ClientRequest) => Promise<void>,
  ): Promise<Error | undefined> {
    const { request } = this
    if (request instanceof Error) return request
    try {
      const headers = await this.response
      this.show(headers)
      checkStatus(headers)
      const length = headers['content-length']
      const expected = length === undefined ? undefined : Number(length)
      this.progress.add(expected)
      request.on('data', (chunk: Buffer) => {
        this.received += chunk.length
        this.progress.advance(chunk.length)
      })
      request.pause()
      await write(request)
      if (expected !== undefined && expected !== this.received) {
        return new Error(`only ${this.received} of ${expected} bytes came`)
      }
      this.progress.finished()
      return undefined
    } catch (error) {
      request.destroy()
      return error as Error
    }
  }

  private show(headers: ResponseHeaders): void {
    if (this.verbose === undefined) return
    const lines = Object.keys(headers).map((name) => `< ${name}: ${headers[name]}`)
    this.verbose.stderr(`> GET ${this.url.pathname}${this.url.search}\n${lines.join('\n')}\n`)
  }
}

/** As `pipeline`, which leaves its listeners on an output that stays open. */
async function copy(request: Http3ClientRequest, output: Writable): Promise<void> {
  for await (const chunk of request) {
    await new Promise<void>((resolve, reject) => {
      output.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  }
}

function start(session: ClientSession, url: URL): Http3ClientRequest | Error {
  try {
    return session.request({
      ':path': url.pathname + url.search,
      'user-agent': 'tsquic',
      accept: '*/*',
    })
  } catch (error) {
    return error as Error
  }
}

function responseOf(request: Http3ClientRequest | Error): Promise<ResponseHeaders> {
  if (request instanceof Error) return Promise.reject(request)
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new Error('the request was closed')))
  })
}

function checkStatus(headers: ResponseHeaders): void {
  const status = headers[':status']
  if (status >= 200 && status <= 299) return
  const to = headers.location === undefined ? '' : `, it is at ${headers.location}`
  throw new Error(`the server answered ${status}${to}`)
}
