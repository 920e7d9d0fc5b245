export { Notifier, type NotifierOptions, type NotifyMode } from './notifier.ts'
export * from './server/index.ts'
export { checkTopFolder, topFolder } from './server/top-folder.ts'
export { TopSocketError } from './server/top-socket-error.ts'
export { descriptorLimit, pairBudget, resolveMaxConnections } from './source/fd-limit.ts'
export { createVfdSource, type VfdSourceOptions, vfdKinds } from './source/ladder.ts'
export type { VfdKind, VfdPair, VfdSource, VfdSourceStats, VfdWarning } from './source/source.ts'
export type { CloseEffects, CloseOutcome } from './table/close-effects.ts'
export { CloseMachine } from './table/close-machine.ts'
export { ConnectionTable } from './table/connection-table.ts'
export type {
  ConnectionDirectory,
  DirectoryFeatures,
  DirectoryScheme,
  DirectoryStats,
} from './table/directory.ts'
export { type HeartbeatTimes, heartbeatTimes } from './table/heartbeat.ts'
export { type ConnectionInit, ConnectionRecord } from './table/record.ts'
export { SessionDirectory } from './table/session-directory.ts'
export { SessionTable } from './table/session-table.ts'
export { Sessions } from './table/sessions.ts'
export { SharedDirectory } from './table/shared-directory.ts'
export { SocketpairDirectory } from './table/socketpair-directory.ts'
