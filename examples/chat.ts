/**
 * A chat. Who GETs /listen hears what others say, for as long as the response stays open; who POSTs to
 * /say says something, under the name of the header `x-name`.
 */
import { fileURLToPath } from 'node:url'
import { Server } from '../src/vfd/index.ts'
import { exampleCertificate } from './certificate.ts'

/** Starts the chat; port 0 for any free one. */
export async function startChat(port: number): Promise<Server> {
  const server = new Server({ ...(await exampleCertificate()), port, heartbeatIdleTime: 60_000 })

  const tell = (text: string, except = 0): void => {
    for (const sessionId of server.connections) {
      // False for those who do not listen, and for those who are too slow: they miss it.
      if (sessionId !== except) server.send(sessionId, `${text}\n`)
    }
  }

  server.on('request', async (request, response, sessionId) => {
    if (request.url === '/listen') {
      response.setHeader('content-type', 'text/plain; charset=utf-8')
      server.subscribe(request, response)
      server.send(sessionId, `* you are ${sessionId} of ${server.connections.size}\n`)
    } else if (request.url === '/say' && request.method === 'POST') {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      tell(`${request.headers['x-name'] ?? sessionId}: ${text.trim()}`, sessionId)
      response.end()
    } else {
      response.statusCode = 404
      response.end('GET /listen, POST /say\n')
    }
  })
  server.on('connect', (sessionId) => tell(`* ${sessionId} came`, sessionId))
  server.on('close', (sessionId) => tell(`* ${sessionId} left`, sessionId))
  return server.start()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startChat(4433)
  console.log('The chat is on https://localhost:4433/listen')
  process.once('SIGINT', () => void server.shutdown())
}
