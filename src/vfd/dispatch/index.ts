export { createDispatcher } from './dispatcher.ts'
export * from './types.ts'
