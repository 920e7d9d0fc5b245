import type { Http3ServerRequest, Http3ServerResponse } from '../api/index.ts'
import { StaticFiles } from './static/static-files.ts'

/** More than this is not echoed: it is a demo. */
const MAX_ECHO = 100 * 1024 * 1024

/** The demo: files, and a place that sends back what is posted to it. Counts what it does. */
export class DemoSite {
  requestCount = 0
  bytesSent = 0
  bytesReceived = 0
  private readonly files: StaticFiles

  private constructor(files: StaticFiles) {
    this.files = files
  }

  static async open(directory: string): Promise<DemoSite> {
    return new DemoSite(await StaticFiles.open(directory))
  }

  handle(request: Http3ServerRequest, response: Http3ServerResponse): void {
    this.requestCount++
    response.on('pipe', (source) => {
      source.on('data', (chunk: Buffer) => {
        this.bytesSent += chunk.length
      })
    })
    if (request.method === 'POST' && request.url === '/echo') this.echo(request, response)
    else void this.files.handle(request, response)
  }

  private echo(request: Http3ServerRequest, response: Http3ServerResponse): void {
    let received = 0
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
      this.bytesReceived += chunk.length
      if (received > MAX_ECHO) response.destroy()
    })
    response.setHeader('content-type', 'application/octet-stream')
    request.pipe(response)
  }
}
