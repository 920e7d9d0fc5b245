import { mkdirSync, writeFileSync } from 'node:fs'
import { createDevCertificate } from '../src/index.ts'

/** A certificate for localhost, left where clients can find it. */
export async function exampleCertificate(): Promise<{ key: string; cert: string }> {
  const { key, cert } = await createDevCertificate()
  mkdirSync('.tsquic', { recursive: true })
  writeFileSync('.tsquic/example-cert.pem', cert)
  return { key, cert }
}
