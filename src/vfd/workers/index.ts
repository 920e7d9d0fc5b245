export type * from './handlers.ts'
export type * from './types.ts'
