/**
 * The portable crypto provider: TypeScript and JavaScript alone, no `node:` module. It needs
 * `@noble/curves` beside this package (`npm install @noble/curves`).
 *
 *     import { createSecureServer } from 'tsquic'
 *     import { nobleCrypto } from 'tsquic/noble'
 *     createSecureServer({ key, cert, crypto: nobleCrypto }, onRequest)
 */
export type { CryptoProvider } from '../provider.ts'
export { nobleCrypto } from './provider.ts'
