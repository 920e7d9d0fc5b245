import type { Http3ServerResponse } from '../../../api/index.ts'
import type { WorkerHandlers } from '../handlers.ts'
import type { WorkerRequestStream } from './worker-request.ts'

/** Calls the handler. What it throws, now or later, fails its request only. */
export function handleRequest(
  handler: WorkerHandlers['request'],
  { stream, session }: WorkerRequestStream,
  report: (error: unknown) => void,
): void {
  const { request, response } = stream
  // What is thrown after the head was sent comes back as the response's error.
  const told = new Set<unknown>()
  const tell = (error: unknown): void => {
    if (!told.has(error)) report(error)
    told.add(error)
  }
  response.on('error', (error) => {
    // The client's end and a connection's are no errors of the worker's; a head that cannot be sent is.
    if (error instanceof TypeError || error instanceof RangeError) tell(error)
  })
  if (handler === undefined) {
    response.writeHead(404)
    response.end()
    return
  }
  if (request.headers.expect?.toString().toLowerCase() === '100-continue') {
    response.writeContinue()
  }
  const onError = (error: unknown): void => {
    tell(error)
    fail(response, error)
  }
  try {
    const result = handler(request, response, session.id)
    if (result instanceof Promise) result.catch(onError)
  } catch (error) {
    onError(error)
  }
}

function fail(response: Http3ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy(error instanceof Error ? error : new Error(String(error)))
    return
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(500)
  response.end()
}
