/**
 * A server in Swoole's manner over HTTP/3: connections are virtual fds with session ids, requests are
 * dispatched to worker processes.
 */
export type {
  Http3ServerRequest,
  Http3ServerResponse,
} from '../../api/index.ts'
export {
  type DispatchFunction,
  type DispatchMode,
  type DispatchSubject,
  dispatchAnswers,
  dispatchModes,
} from '../dispatch/index.ts'
export type { VfdKind, VfdSourceStats, VfdWarning } from '../source/source.ts'
export type { DirectoryScheme } from '../table/directory.ts'
export type {
  ConnectionInfo,
  WorkerContext,
  WorkerHandlers,
  WorkerModule,
} from '../workers/index.ts'
export type { ClientInfo, ServerEvents, ServerStats } from './events.ts'
export type { DispatchRequest, ServerOptions } from './options.ts'
export { Server } from './server.ts'
export type { TopAnswer, TopQuestion } from './top-protocol.ts'
