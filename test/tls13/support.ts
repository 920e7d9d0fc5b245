import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { concatBytes, Writer } from '../../src/bytes/index.ts'
import {
  type CryptoProvider,
  type Identity,
  type Level,
  loadIdentity,
  nodeCrypto,
  type PrivateKey,
  TlsAlertError,
  TlsClient,
  type TlsClientOptions,
  type TlsEvent,
  TlsServer,
  type TlsServerOptions,
  type TlsSession,
} from '../../src/tls13/index.ts'
import { decodeAll } from '../../src/tls13/messages/decode.ts'
import {
  type Extensions,
  readExtensions,
  writeExtensions,
} from '../../src/tls13/messages/extension-block.ts'

export const KEY_KINDS: readonly PrivateKey['kind'][] = ['rsa', 'ec-p256', 'ec-p384', 'ed25519']

export function readFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/tls13/identities/${name}`, import.meta.url), 'utf8')
}

const identities = new Map<string, Identity>()

/** A self-signed identity; its dates and names do not matter to the verifiers of these tests. */
export function identityOf(
  kind: PrivateKey['kind'],
  crypto: CryptoProvider = nodeCrypto,
): Identity {
  const name = `${kind} ${crypto.name}`
  let identity = identities.get(name)
  if (identity === undefined) {
    const cert = readFixture(`${kind}.cert.pem`)
    identity = loadIdentity(crypto, { cert, key: readFixture(`${kind}.key.pem`) })
    identities.set(name, identity)
  }
  return identity
}

/** Bytes that only look random (mulberry32), so that every run is the same. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  const next = seededInteger(seed)
  return (length) => Uint8Array.from({ length }, () => next(256))
}

/** Integers from 0 up to the bound given, which is left out. */
export function seededInteger(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

export const CLIENT_PARAMETERS = Uint8Array.of(1, 2, 3)
export const SERVER_PARAMETERS = Uint8Array.of(4, 5)

export function newClient(options: Partial<TlsClientOptions> = {}): TlsClient {
  return new TlsClient({
    crypto: nodeCrypto,
    randomBytes: seededBytes(1),
    transportParameters: CLIENT_PARAMETERS,
    alpn: ['h3'],
    serverName: 'localhost',
    verifyPeer: () => {},
    ...options,
  })
}

export function newServer(options: Partial<TlsServerOptions> = {}): TlsServer {
  const identity = identityOf('ec-p256')
  return new TlsServer({
    crypto: nodeCrypto,
    randomBytes: seededBytes(2),
    transportParameters: SERVER_PARAMETERS,
    alpn: ['h3'],
    selectIdentity: () => identity,
    ...options,
  })
}

export function drain(session: TlsSession): TlsEvent[] {
  const events: TlsEvent[] = []
  for (let event = session.poll(); event !== undefined; event = session.poll()) events.push(event)
  return events
}

/** The bytes that a session has to send at a level; its other events are dropped. */
export function dataOf(session: TlsSession, level: Level): Uint8Array {
  return concatBytes(
    drain(session).flatMap((event) =>
      event.type === 'data' && event.level === level ? [event.bytes] : [],
    ),
  )
}

export type Tamper = (from: 'client' | 'server', level: Level, bytes: Uint8Array) => Uint8Array

export interface Exchange {
  readonly clientEvents: readonly TlsEvent[]
  readonly serverEvents: readonly TlsEvent[]
}

/** Carries the bytes of both sides to and fro until there are no more. `pieces` is their size. */
export function handshake(
  client: TlsSession,
  server: TlsSession,
  tamper: Tamper = (_from, _level, bytes) => bytes,
  pieces = Number.MAX_SAFE_INTEGER,
): Exchange {
  const clientEvents: TlsEvent[] = []
  const serverEvents: TlsEvent[] = []
  const carry = (
    name: 'client' | 'server',
    from: TlsSession,
    to: TlsSession,
    log: TlsEvent[],
  ): boolean => {
    const events = drain(from)
    log.push(...events)
    for (const event of events) {
      if (event.type !== 'data') continue
      const bytes = tamper(name, event.level, event.bytes)
      for (let at = 0; at < bytes.length; at += pieces)
        to.receive(event.level, bytes.slice(at, at + pieces))
    }
    return events.length > 0
  }
  client.start()
  server.start()
  for (let busy = true; busy; ) {
    const clientBusy = carry('client', client, server, clientEvents)
    const serverBusy = carry('server', server, client, serverEvents)
    busy = clientBusy || serverBusy
  }
  return { clientEvents, serverEvents }
}

/** Runs `action`, which must end in a TlsAlertError with this alert. */
export function assertAlert(alert: number, action: () => unknown): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof TlsAlertError)) throw error
    assert.is(error.alert, alert, `alert ${error.alert} (${error.message}) instead of ${alert}`)
    return
  }
  assert.unreachable(`no alert instead of ${alert}`)
}

export interface Message {
  readonly type: number
  readonly body: Uint8Array
}

export function splitMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
    messages.push({ type: bytes[at]!, body: bytes.subarray(at + 4, at + 4 + length) })
    at += 4 + length
  }
  return messages
}

export function message(type: number, body: Uint8Array): Uint8Array {
  const writer = Writer.growable()
  writer.u8(type)
  writer.vector(3, (inner) => inner.put(body))
  return writer.written()
}

export function joinMessages(messages: readonly Message[]): Uint8Array {
  return concatBytes(messages.map(({ type, body }) => message(type, body)))
}

/** A flight in which the messages of one type have another body. */
export function replaceBody(
  bytes: Uint8Array,
  type: number,
  change: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  return joinMessages(
    splitMessages(bytes).map((each) =>
      each.type === type ? { type, body: change(each.body) } : each,
    ),
  )
}

/** The body with its extension block, which begins at `at` and ends the body, changed. */
export function changeExtensions(
  body: Uint8Array,
  at: number,
  change: (extensions: Map<number, Uint8Array>) => void,
): Uint8Array {
  const extensions: Extensions = decodeAll(body.subarray(at), 'extensions', readExtensions)
  const changed = new Map(extensions)
  change(changed)
  const writer = Writer.growable()
  writer.put(body.subarray(0, at))
  writeExtensions(writer, changed)
  return writer.written()
}

/** Where the extension block of a ClientHello of ours begins in its body. */
export function clientHelloExtensionsAt(body: Uint8Array): number {
  const suitesAt = 2 + 32 + 1 + body[34]!
  const suites = (body[suitesAt]! << 8) | body[suitesAt + 1]!
  const methodsAt = suitesAt + 2 + suites
  return methodsAt + 1 + body[methodsAt]!
}

/** The same for a ServerHello with an empty session id. */
export const SERVER_HELLO_EXTENSIONS_AT = 2 + 32 + 1 + 2 + 1

export function changeClientHello(
  hello: Uint8Array,
  change: (extensions: Map<number, Uint8Array>) => void,
): Uint8Array {
  return replaceBody(hello, 1, (body) =>
    changeExtensions(body, clientHelloExtensionsAt(body), change),
  )
}

export function changeServerHello(
  hello: Uint8Array,
  change: (extensions: Map<number, Uint8Array>) => void,
): Uint8Array {
  return replaceBody(hello, 2, (body) => changeExtensions(body, SERVER_HELLO_EXTENSIONS_AT, change))
}
