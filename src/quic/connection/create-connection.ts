import {
  type Identity,
  type PeerVerifier,
  TlsClient,
  TlsServer,
  type TlsSession,
} from '../../tls13/index.ts'
import {
  type ClientConfig,
  defaultTransportConfig,
  type Env,
  type ServerConfig,
  type TransportConfig,
} from '../config.ts'
import type { CongestionControllerFactory } from '../congestion/controller.ts'
import type { SocketAddress } from '../datagram.ts'
import type { SourcePorts } from '../source-ports.ts'
import { encodeTransportParameters, VERSION_1 } from '../wire/index.ts'
import { Connection } from './connection.ts'
import { Handshake } from './handshake.ts'
import { type ConnectionIdRegistry, LocalConnectionIds } from './local-connection-ids.ts'
import { localParameters } from './local-parameters.ts'
import type { ConnectionOwner } from './owner.ts'
import { Path } from './path.ts'
import { Paths } from './paths.ts'
import { RemoteConnectionIds, type ResetTokenRegistry } from './remote-connection-ids.ts'
import type { HandshakeIds } from './server-answers.ts'
import { ConnectionState } from './state.ts'

/** RFC 9000 §7.2: at least 8 bytes, unpredictable. */
const ORIGINAL_DESTINATION_LENGTH = 8

/** What an endpoint gives to all its connections. */
export interface ConnectionContext {
  readonly handle: number
  readonly env: Env
  readonly owner: ConnectionOwner
  readonly registry: ConnectionIdRegistry & ResetTokenRegistry
  readonly congestion: CongestionControllerFactory
  readonly sourcePorts: SourcePorts
  readonly discoversPathMtu: boolean
}

/** What a server knows of a client by its Initial, and by the token in it. */
export interface NewClient {
  /** To which the client sent its first Initial. */
  readonly originalDestination: Uint8Array
  /** From which our Retry came, if this client was sent one: then its address is validated. */
  readonly retrySource: Uint8Array | undefined
  readonly source: Uint8Array
}

export function createClientConnection(
  context: ConnectionContext,
  config: ClientConfig,
  remote: SocketAddress,
  local: SocketAddress,
  now: number,
): Connection {
  const originalDestination = context.env.randomBytes(ORIGINAL_DESTINATION_LENGTH)
  // The server's address needs no validation: it was ours to choose.
  const path = new Path(remote, local, true)
  const transport = { ...defaultTransportConfig, ...config.transport }
  return assemble(
    context,
    true,
    transport,
    path,
    { originalDestination, retrySource: undefined },
    originalDestination,
    now,
    (state) => {
      const parameters = localParameters(transport, state.localIds.first, undefined)
      return new TlsClient({
        ...tlsOptions(context.env, config, transport),
        transportParameters: encodeTransportParameters(parameters, context.env.randomBytes(8)),
        serverName: config.serverName,
        verifyPeer: config.verifyPeer,
        ...(config.identity !== undefined && { identity: config.identity }),
      })
    },
  )
}

/** What all connections of a server share. */
export interface ServerSettings {
  readonly config: ServerConfig
  readonly transport: TransportConfig
}

export function createServerConnection(
  context: ConnectionContext,
  server: ServerSettings,
  remote: SocketAddress,
  local: SocketAddress,
  client: NewClient,
  now: number,
): Connection {
  const { config, transport } = server
  const { originalDestination, retrySource } = client
  const path = new Path(remote, local, retrySource !== undefined)
  return assemble(
    context,
    false,
    transport,
    path,
    { originalDestination, retrySource },
    client.source,
    now,
    (state) => {
      const { first } = state.localIds
      const parameters = localParameters(transport, first, {
        originalDestinationConnectionId: originalDestination,
        statelessResetToken: context.registry.resetToken(first),
        ...(retrySource !== undefined && { retrySourceConnectionId: retrySource }),
      })
      const encoded = encodeTransportParameters(parameters, context.env.randomBytes(8))
      return createTlsServer(context.env, config, transport, encoded)
    },
  )
}

/** Throws `TypeError` for what the first client would otherwise run into. */
export function checkServerConfig(env: Env, config: ServerConfig): ServerSettings {
  const transport = { ...defaultTransportConfig, ...config.transport }
  createTlsServer(env, config, transport, new Uint8Array(0))
  return { config, transport }
}

function createTlsServer(
  env: Env,
  config: ServerConfig,
  transport: TransportConfig,
  transportParameters: Uint8Array,
): TlsServer {
  return new TlsServer({
    ...tlsOptions(env, config, transport),
    transportParameters,
    selectIdentity: (serverName): Identity | undefined => config.selectIdentity(serverName),
    clientCertificate: config.clientCertificate ?? 'none',
    ...verifyPeerOf(config),
  })
}

function verifyPeerOf(config: ServerConfig): { verifyPeer?: PeerVerifier } {
  return config.verifyPeer === undefined ? {} : { verifyPeer: config.verifyPeer }
}

function tlsOptions(env: Env, config: ClientConfig | ServerConfig, transport: TransportConfig) {
  return {
    crypto: env.crypto,
    randomBytes: env.randomBytes,
    alpn: config.alpn,
    keyLog: transport.keyLog,
    ...(config.cipherSuites !== undefined && { cipherSuites: config.cipherSuites }),
    ...(config.groups !== undefined && { groups: config.groups }),
  }
}

function assemble(
  context: ConnectionContext,
  isClient: boolean,
  transport: TransportConfig,
  path: Path,
  ids: HandshakeIds,
  firstRemoteId: Uint8Array,
  now: number,
  createTls: (state: ConnectionState) => TlsSession,
): Connection {
  const { env, owner, registry } = context
  const state = new ConnectionState(
    isClient,
    VERSION_1,
    env,
    transport,
    context.congestion(transport.maxDatagramSize),
    new LocalConnectionIds(registry),
    new RemoteConnectionIds(firstRemoteId, registry),
    new Paths(path, env.randomBytes, context.sourcePorts),
    context.discoversPathMtu,
    now,
  )
  return new Connection(
    context.handle,
    state,
    owner,
    ids,
    now,
    (listener) => new Handshake(createTls(state), env.crypto, isClient, VERSION_1, listener),
  )
}
