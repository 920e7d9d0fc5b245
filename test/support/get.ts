/** What `tsquic get` must do against any server: shared by the tests against each of them. */
import { readdirSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { runTsquic } from './cli.ts'
import type { RunResult } from './processes.ts'
import type { TestIdentity, Workspace } from './workspace.ts'

export class Getter {
  readonly #workspace: Workspace
  readonly #origin: string
  readonly #ca: TestIdentity

  /** `origin` is the server's, such as https://localhost:4433. */
  constructor(workspace: Workspace, origin: string, ca: TestIdentity) {
    this.#workspace = workspace
    this.#origin = origin
    this.#ca = ca
  }

  #get(folder: string, names: readonly string[], caPath: string): Promise<RunResult> {
    const urls = names.map((name) => `${this.#origin}/${name}`)
    return runTsquic(['get', ...urls, '--download', folder, '--ca', caPath])
  }

  async assertWhole(names: readonly string[]): Promise<void> {
    const folder = this.#workspace.newFolder()
    const result = await this.#get(folder, names, this.#ca.certPath)
    assert.is(result.code, 0, result.output)
    this.#workspace.assertDownloaded(folder, names, result.output)
  }

  /** One file that is there and one that is not: the first is kept, the exit code tells. */
  async assertMissing(present: string): Promise<void> {
    const folder = this.#workspace.newFolder()
    const result = await this.#get(folder, [present, 'no-such-file'], this.#ca.certPath)
    assert.is(result.code, 1, result.output)
    assert.match(result.output, /404/)
    this.#workspace.assertDownloaded(folder, [present], result.output)
  }

  async assertUntrusted(name: string, otherCa: TestIdentity): Promise<void> {
    const folder = this.#workspace.newFolder()
    const result = await this.#get(folder, [name], otherCa.certPath)
    assert.is(result.code, 1, result.output)
    assert.match(result.output, /certificate/i)
    assert.not.match(result.output, /^\s+at /m, 'a stack trace is no message for users')
    assert.equal(readdirSync(folder), [])
  }
}
