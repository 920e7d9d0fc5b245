export { FfiCalls } from './ffi-calls.ts'
export { FfiPort } from './ffi-port.ts'
export { selfTest } from './self-test.ts'
export { loadSocketLibc, type SocketLibc } from './socket-libc.ts'
