import type { Http3ServerRequest, Http3ServerResponse } from '../api/index.ts'
import { echo, isEcho } from './echo.ts'
import { StaticFiles } from './static/static-files.ts'

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
    if (!isEcho(request)) return void this.files.handle(request, response)
    echo(request, response, (length) => {
      this.bytesReceived += length
    })
  }
}
