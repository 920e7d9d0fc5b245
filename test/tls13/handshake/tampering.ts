import type { Level, TlsClientOptions, TlsServerOptions } from '../../../src/tls13/index.ts'
import { handshake, newClient, newServer } from '../support.ts'

export interface Options {
  readonly client?: Partial<TlsClientOptions>
  readonly server?: Partial<TlsServerOptions>
}

/** A handshake in which the server's bytes at one level are changed on their way. */
export function tampered(
  level: Level,
  change: (bytes: Uint8Array) => Uint8Array,
  { client, server }: Options = {},
): void {
  handshake(newClient(client), newServer(server), (from, at, bytes) =>
    from === 'server' && at === level ? change(bytes) : bytes,
  )
}
