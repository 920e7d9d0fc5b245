import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import { TrustStore } from '../tls13/index.ts'

/** PEM text, PEM bytes or DER bytes; several, or one that holds several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[]

let defaults: TrustStore | undefined

/** Programs name the same authorities for every connection; parsing them takes as long as a signature. */
let lastText: string | undefined
let lastStore: TrustStore | undefined

/** The certificates that `ca` names, which replace the defaults; without it, those that Node trusts. */
export function trustStore(ca: Pem | undefined): TrustStore {
  if (typeof ca === 'string') {
    if (lastStore === undefined || ca !== lastText) lastStore = TrustStore.fromPem([ca])
    lastText = ca
    return lastStore
  }
  if (ca !== undefined) return TrustStore.fromPem(pemList(ca))
  defaults ??= TrustStore.fromPem(defaultAuthorities())
  return defaults
}

export function pemList(pem: Pem): readonly (string | Uint8Array)[] {
  return typeof pem === 'string' || pem instanceof Uint8Array ? [pem] : pem
}

function defaultAuthorities(): readonly string[] {
  // Since Node 22.15 this honours NODE_EXTRA_CA_CERTS, --use-system-ca and --use-openssl-ca.
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] }
  if (getCACertificates !== undefined) return getCACertificates('default')
  const extra = process.env.NODE_EXTRA_CA_CERTS
  if (extra === undefined) return tls.rootCertificates
  return [...tls.rootCertificates, readFileSync(extra, 'utf8')]
}
