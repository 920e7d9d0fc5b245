/** A temporary folder with a certificate and files to move, removed when the process ends. */
import { createCipheriv, createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createDevCertificate } from '../../src/certs/index.ts'

export interface TestIdentity {
  readonly cert: string
  readonly key: string
  readonly certPath: string
  readonly keyPath: string
  /** Base64 SHA-256 of the SubjectPublicKeyInfo, as Chromium wants it. */
  readonly spkiHash: string
}

export const megabyte = 1_000_000

/** Bytes that look random and are the same in every run. */
export const testBytes = (length: number, seed = 0): Uint8Array => {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(seed, 0)
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 0x5a), iv).update(Buffer.alloc(length))
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

export class Workspace {
  readonly path: string
  /** The folder that servers serve. */
  readonly www: string
  readonly #hashes = new Map<string, string>()
  #downloads = 0

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'tsquic-test-'))
    this.www = this.folder('www')
    process.on('exit', () => rmSync(this.path, { recursive: true, force: true }))
  }

  folder(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** An empty folder to download to. */
  newFolder(): string {
    return this.folder(`download-${this.#downloads++}`)
  }

  /** A file to be served; returns its name. */
  addFile(name: string, length: number): string {
    const bytes = testBytes(length, this.#hashes.size)
    writeFileSync(join(this.www, name), bytes)
    this.#hashes.set(name, sha256(bytes))
    return name
  }

  addFiles(count: number, length: number): string[] {
    return Array.from({ length: count }, (_, index) =>
      this.addFile(`small-${index}`, length + index),
    )
  }

  /** A self-signed certificate for localhost, 127.0.0.1 and ::1 that serves as its own CA file. */
  async createIdentity(name: string): Promise<TestIdentity> {
    const { cert, key, spkiHash } = await createDevCertificate()
    const certPath = join(this.path, `${name}.pem`)
    const keyPath = join(this.path, `${name}.key`)
    writeFileSync(certPath, cert)
    writeFileSync(keyPath, key)
    return { cert, key, certPath, keyPath, spkiHash }
  }

  /** Asserts that the folder holds exactly these files, each equal to the served one. */
  assertDownloaded(folder: string, names: readonly string[], context: string): void {
    assert.equal(readdirSync(folder).sort(), [...names].sort(), context)
    for (const name of names) {
      const got = sha256(readFileSync(join(folder, name)))
      assert.is(got, this.#hashes.get(name), `${name} differs; ${context}`)
    }
  }
}
