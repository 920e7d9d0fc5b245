export type { VfdKind, VfdPair, VfdSource, VfdSourceStats, VfdWarning } from './source/source.ts'
export type { CloseEffects, CloseOutcome } from './table/close-effects.ts'
export type {
  ConnectionDirectory,
  DirectoryFeatures,
  DirectoryScheme,
  DirectoryStats,
} from './table/directory.ts'
export { type ConnectionInit, ConnectionRecord } from './table/record.ts'
