/** The server's process: answers /N with N bytes. */
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import type { ServerOrder, ServerReport } from './protocol.ts'
import { type BenchServer, loadStack } from './stacks.ts'

const chunk = Buffer.alloc(64 * 1024, 'x')

const report = (message: ServerReport): void => {
  process.send!(message)
}

const sendBody = (response: Writable, length: number): void => {
  let left = length
  const fill = (): void => {
    while (left > chunk.length) {
      left -= chunk.length
      if (!response.write(chunk)) {
        response.once('drain', fill)
        return
      }
    }
    response.end(chunk.subarray(0, left))
  }
  fill()
}

const start = async (order: Extract<ServerOrder, { type: 'start' }>): Promise<void> => {
  const stack = await loadStack(order.stack)
  const server: BenchServer = stack.createSecureServer(
    { key: order.key, cert: order.cert },
    (request, response) => sendBody(response, Number(request.url?.slice(1))),
  )
  server.listen(0, '127.0.0.1', () => {
    report({ type: 'listening', port: (server.address() as AddressInfo).port })
  })
}

const measureMemory = (): void => {
  globalThis.gc!()
  globalThis.gc!()
  report({ type: 'memory', residentBytes: process.memoryUsage().rss })
}

process.on('message', (order: ServerOrder) => {
  if (order.type === 'start') start(order)
  else measureMemory()
})
