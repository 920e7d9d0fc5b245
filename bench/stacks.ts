/** The two stacks behind the shape that they share: node:http2's. */
import type { Duplex, Writable } from 'node:stream'
import type { StackName } from './protocol.ts'

export interface BenchRequest {
  readonly url?: string | undefined
}

export interface BenchServer {
  listen(port: number, host: string, listening: () => void): unknown
  address(): unknown
}

export interface BenchSession {
  request(headers: Record<string, string>, options: { readonly endStream: boolean }): Duplex
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): unknown
}

export interface Stack {
  createSecureServer(
    options: { readonly key: string; readonly cert: string },
    onRequest: (request: BenchRequest, response: Writable) => void,
  ): BenchServer
  connect(authority: string, options: { readonly ca: string }): BenchSession
}

/** Loads only the stack that is asked for: the other must not count in a process's memory. */
export const loadStack = async (name: StackName): Promise<Stack> => {
  if (name === 'node:http2') return await import('node:http2')
  const { connect, createSecureServer } = await import('../src/index.ts')
  const udp = name === 'tsquic' ? 'auto' : name === 'tsquic, ffi' ? 'ffi' : 'dgram'
  return {
    createSecureServer: (options, onRequest) => createSecureServer({ ...options, udp }, onRequest),
    connect: (authority, options) => connect(authority, { ...options, udp }),
  }
}
