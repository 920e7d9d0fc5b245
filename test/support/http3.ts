/** A server of our own on a free port, and small helpers to talk to it. */
import {
  type ClientOptions,
  type ClientSession,
  connect,
  createSecureServer,
  type Http3ClientRequest,
  type Http3Server,
  type OutgoingHeaders,
  type RequestListener,
  type ResponseHeaders,
  type ServerOptions,
} from '../../src/index.ts'
import { createTestCa } from './certificates.ts'

export interface TestServer {
  readonly server: Http3Server
  readonly origin: string
  /** PEM of the authority to trust. */
  readonly ca: string
}

/** Listens on 127.0.0.1 with a certificate for localhost and 127.0.0.1. */
export async function startServer(
  onRequest: RequestListener,
  options: ServerOptions = {},
): Promise<TestServer> {
  const authority = await createTestCa()
  const { certPem, keyPem } = await authority.issue()
  const server = createSecureServer({ cert: certPem, key: keyPem, ...options }, onRequest)
  await server.listen({ port: 0, host: '127.0.0.1' })
  return { server, origin: `https://127.0.0.1:${server.address()?.port}`, ca: authority.certPem }
}

/** Runs an action with a server and a session to it, and closes both. */
export async function withServer(
  onRequest: RequestListener,
  action: (session: ClientSession, context: TestServer) => Promise<void>,
  options: { readonly server?: ServerOptions; readonly client?: ClientOptions } = {},
): Promise<void> {
  const context = await startServer(onRequest, options.server)
  const session = connect(context.origin, { ca: context.ca, ...options.client })
  try {
    await action(session, context)
  } finally {
    session.destroy()
    context.server.closeAllConnections()
    await context.server.close()
  }
}

export interface Answer {
  readonly headers: ResponseHeaders
  readonly body: Buffer
  readonly trailers: { readonly [name: string]: unknown }
}

/** Reads a response to its end. */
export async function answerOf(request: Http3ClientRequest): Promise<Answer> {
  let trailers = {}
  request.on('trailers', (received) => {
    trailers = received
  })
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const headers = request.responseHeaders
  if (headers === undefined) throw new Error('the response has no headers')
  return { headers, body: Buffer.concat(chunks), trailers }
}

export function ask(session: ClientSession, headers: OutgoingHeaders = {}): Promise<Answer> {
  return answerOf(session.request(headers))
}

/** What an action is rejected with. */
export async function failureOf(action: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await action
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

/** Bytes that no two places of which are alike enough to be confused. */
export function patternBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16) * 7) & 0xff
  return bytes
}
