import type { Http3ServerRequest, Http3ServerResponse } from '../api/index.ts'

/** More than this is not echoed: it is there for trying uploads. */
const MAX_ECHO = 100 * 1024 * 1024

/** Whether the request is for the place that sends back what is posted to it. */
export function isEcho({ method, url }: Http3ServerRequest): boolean {
  return method === 'POST' && url === '/echo'
}

/** Sends the body back as it comes; `onBytes` hears of each piece. */
export function echo(
  request: Http3ServerRequest,
  response: Http3ServerResponse,
  onBytes: (length: number) => void = () => {},
): void {
  let received = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    onBytes(chunk.length)
    if (received > MAX_ECHO) response.destroy()
  })
  response.setHeader('content-type', 'application/octet-stream')
  request.pipe(response)
}
