import { Readable } from 'node:stream'
import type { Http3ServerRequest, Http3ServerResponse } from '../api/index.ts'

/** More than this is not echoed: it is there for trying uploads. */
const MAX_ECHO = 24 * 1024 * 1024
/** What all uploads together may take of the memory. */
const MAX_HELD = 2 * MAX_ECHO

let held = 0

/** Whether the request is for the place that sends back what is posted to it. */
export function isEcho({ method, url }: Http3ServerRequest): boolean {
  return method === 'POST' && url === '/echo'
}

/**
 * Sends the body back once it is whole: a browser reads nothing of the response before it has sent all
 * of the request, so that an echo that keeps step would wait for it for ever. `onBytes` hears of each piece.
 */
export function echo(
  request: Http3ServerRequest,
  response: Http3ServerResponse,
  onBytes: (length: number) => void = () => {},
): void {
  const chunks: Buffer[] = []
  let received = 0
  response.once('close', () => {
    held -= received
    received = 0
    chunks.length = 0
  })
  request.on('data', (chunk: Buffer) => {
    if (response.writableEnded || response.destroyed) return
    onBytes(chunk.length)
    received += chunk.length
    held += chunk.length
    chunks.push(chunk)
    if (received > MAX_ECHO) refuse(response, 413, `More than ${MAX_ECHO} bytes are not echoed`)
    else if (held > MAX_HELD) refuse(response, 503, 'Too many uploads at once')
  })
  request.on('end', () => {
    if (response.writableEnded || response.destroyed) return
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', received)
    Readable.from(chunks).pipe(response)
  })
}

function refuse(response: Http3ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${text}\n`, () => response.req.destroy())
}
