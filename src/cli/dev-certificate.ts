import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createDevCertificate, spkiHash } from '../certs/index.ts'
import { fileFailure } from './file-failure.ts'
import { UsageError } from './io.ts'

export interface StoredCertificate {
  readonly key: string
  readonly cert: string
  /** Where `cert` is on disk: what a client gives as `--ca`. */
  readonly certFile: string
  /** For Chromium's --ignore-certificate-errors-spki-list. */
  readonly spkiHash: string
  readonly isNew: boolean
}

/** A certificate that ends within a day is replaced. */
const MARGIN = 24 * 3600 * 1000

/** The certificate for localhost in `directory`; made there when there is none, or it has run out. */
export async function devCertificate(directory: string): Promise<StoredCertificate> {
  const certFile = join(directory, 'cert.pem')
  const keyFile = join(directory, 'key.pem')
  const stored = await readStored(certFile, keyFile)
  if (stored !== undefined) {
    return { ...stored, certFile, spkiHash: spkiHash(stored.cert), isNew: false }
  }
  const made = await createDevCertificate()
  try {
    await mkdir(dirname(certFile), { recursive: true })
    await writeFile(keyFile, made.key, { mode: 0o600 })
    await writeFile(certFile, made.cert)
  } catch (error) {
    throw new UsageError(
      `a certificate can't be made in ${directory} (${fileFailure(error)}): run it where you may write`,
    )
  }
  return { key: made.key, cert: made.cert, certFile, spkiHash: made.spkiHash, isNew: true }
}

async function readStored(
  certFile: string,
  keyFile: string,
): Promise<{ key: string; cert: string } | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    return Date.parse(new X509Certificate(cert).validTo) - Date.now() > MARGIN
      ? { cert, key }
      : undefined
  } catch {
    return undefined
  }
}
