import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureServer } from '../api/index.ts'
import { devCertificate, type StoredCertificate } from './dev-certificate.ts'
import { fileFailure } from './file-failure.ts'
import { UsageError } from './io.ts'

export interface ServerIdentity {
  readonly cert: string
  readonly key: string
  /** Where it comes from, if the user gave none. */
  readonly made?: StoredCertificate
  /** Why clients will not like it. */
  readonly warning?: string
}

/** The certificate that options name, checked; without them one that is made for localhost. */
export async function serverIdentity(
  certFile: string | undefined,
  keyFile: string | undefined,
): Promise<ServerIdentity> {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('--cert and --key belong together')
  }
  if (certFile === undefined || keyFile === undefined) {
    const made = await devCertificate('.tsquic')
    return { cert: made.cert, key: made.key, made }
  }
  const cert = await readPem('--cert', certFile, 'CERTIFICATE')
  const key = await readPem('--key', keyFile, 'PRIVATE KEY')
  try {
    createSecureServer({ cert, key })
    const warning = validity(certFile, new X509Certificate(cert))
    return warning === undefined ? { cert, key } : { cert, key, warning }
  } catch (error) {
    throw new UsageError(`--cert ${certFile}, --key ${keyFile}: ${(error as Error).message}`)
  }
}

/** The file that an option names; it must hold a PEM block of that kind. */
export async function readPem(option: string, file: string, kind: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `${option}: ${code === 'EISDIR' ? `${file} is a directory` : fileFailure(error)}`,
    )
  }
  if (new RegExp(`-----BEGIN [A-Z0-9 ]*${kind}-----`).test(text)) return text
  throw new UsageError(`${option}: ${file} holds no PEM block "BEGIN ${kind}"`)
}

function validity(file: string, { validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now()
  if (Date.parse(validTo) < now) {
    return `The certificate in ${file} ended on ${validTo}: clients will refuse it`
  }
  if (Date.parse(validFrom) > now) {
    return `The certificate in ${file} begins on ${validFrom}: clients will refuse it until then`
  }
  return undefined
}
