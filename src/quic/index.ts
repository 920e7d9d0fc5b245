export {
  type ClientConfig,
  checkTransportConfig,
  defaultTransportConfig,
  type Env,
  type ServerConfig,
  type TransportConfig,
} from './config.ts'
export type { CongestionController, CongestionControllerFactory } from './congestion/controller.ts'
export { NewReno } from './congestion/new-reno.ts'
export type { Connection } from './connection/connection.ts'
export {
  DatagramBatch,
  type DatagramMachine,
  type DatagramMeta,
  MAX_DATAGRAM_SIZE,
  type SocketAddress,
} from './datagram.ts'
export type { RetryPolicy, SharedTokens } from './endpoint/admission.ts'
export { Endpoint, type EndpointOptions, type EndpointStats } from './endpoint/endpoint.ts'
export { TransportError, TransportErrorCode } from './errors.ts'
export type { CloseInfo, ConnectionEvent, StreamKind, StreamTransport } from './transport.ts'
