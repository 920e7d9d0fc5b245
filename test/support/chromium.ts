/** Chromium without a window, driven over its debugging pipe: the browser that users have. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { requirePeer } from './peers.ts'
import { Process } from './processes.ts'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** How long the browser may take for one command, page loads and evaluated promises included. */
const commandTimeoutMs = 90_000

interface Pending {
  resolve(result: Record<string, unknown>): void
  reject(error: Error): void
  readonly timer: NodeJS.Timeout
}

interface EvaluateResult {
  readonly result: { readonly value?: unknown }
  readonly exceptionDetails?: {
    readonly text: string
    readonly exception?: { readonly description?: string }
  }
}

/** Events of the page that explain why it did not do what it should. */
const logged = new Set([
  'Runtime.consoleAPICalled',
  'Runtime.exceptionThrown',
  'Network.loadingFailed',
  'Log.entryAdded',
])

export interface BrowserOptions {
  /** The port of https://localhost:PORT that is to be reached by QUIC from the first request. */
  readonly quicPort: number
  /** Base64 of the SHA-256 of the server's SubjectPublicKeyInfo: trusted without a CA. */
  readonly spkiHash: string
  /** Where to write Chromium's own network log, to debug. */
  readonly netLogPath?: string
}

export class Browser {
  readonly #process: Process
  readonly #profile: string
  readonly #input: Writable
  readonly #pending = new Map<number, Pending>()
  readonly #log: string[] = []
  #nextId = 1
  #received = ''
  #sessionId: string | undefined = undefined
  #onLoad: (() => void) | undefined = undefined

  private constructor(process: Process, profile: string) {
    this.#process = process
    this.#profile = profile
    this.#input = process.child.stdio[3] as Writable
    const output = process.child.stdio[4] as Readable
    output.setEncoding('utf8').on('data', (chunk: string) => this.#receive(chunk))
    this.#input.on('error', (error) => this.#abandon(error.message))
    process.exited.then(() => this.#abandon('Chromium ended'))
  }

  /** Starts the browser with one empty page in a fresh profile. */
  static async launch(options: BrowserOptions): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'tsquic-chromium-'))
    const flags = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      '--disable-dev-shm-usage',
      `--user-data-dir=${profile}`,
      '--remote-debugging-pipe',
      // Chromium takes ::1 for localhost first, and must not look for hosts elsewhere.
      '--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND',
      '--enable-quic',
      `--origin-to-force-quic-on=localhost:${options.quicPort}`,
      `--ignore-certificate-errors-spki-list=${options.spkiHash}`,
    ]
    if (options.netLogPath !== undefined) flags.push(`--log-net-log=${options.netLogPath}`)
    const process = Process.start(requirePeer('chromium'), flags, {
      extraPipes: 2,
      env: { HOME: profile },
    })
    const browser = new Browser(process, profile)
    await browser.#openPage()
    return browser
  }

  /** What the page logged and which requests failed. */
  get log(): readonly string[] {
    return this.#log
  }

  /** Loads a page and waits for its load event; rejects when it cannot be loaded. */
  async navigate(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${url} did not finish loading\n${this.#log.join('\n')}`))
      }, commandTimeoutMs)
      this.#onLoad = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    const result = await this.#send('Page.navigate', { url })
    if (result.errorText !== undefined) {
      throw new Error(`${url}: ${result.errorText}\n${this.#log.join('\n')}`)
    }
    await loaded
  }

  /** Evaluates an expression in the page, awaits it if it is a promise, and returns its value. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = (await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as unknown as EvaluateResult
    const failure = answer.exceptionDetails
    if (failure !== undefined) {
      const what = failure.exception?.description ?? failure.text
      throw new Error(`${what}\n${this.#log.join('\n')}`)
    }
    return answer.result.value
  }

  async close(): Promise<void> {
    await this.#process.stop()
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  async #openPage(): Promise<void> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true })
    this.#sessionId = String(sessionId)
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await this.#send(`${domain}.enable`)
  }

  #send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    if (this.#process.hasExited) {
      return Promise.reject(new Error(`Chromium has ended:\n${this.#process.output}`))
    }
    const id = this.#nextId++
    const sessionId = this.#sessionId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new Error(`${method} got no answer\n${this.#log.join('\n')}`))
      }, commandTimeoutMs)
      this.#pending.set(id, { resolve, reject, timer })
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  }

  #receive(chunk: string): void {
    const messages = (this.#received + chunk).split('\0')
    this.#received = messages.pop()!
    for (const text of messages) this.#dispatch(JSON.parse(text) as Message)
  }

  #dispatch(message: Message): void {
    if (message.id === undefined) {
      if (message.method === 'Page.loadEventFired') this.#onLoad?.()
      if (logged.has(message.method ?? '')) {
        this.#log.push(`${message.method} ${JSON.stringify(message.params)}`)
      }
      return
    }
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    this.#pending.delete(message.id)
    clearTimeout(pending.timer)
    if (message.error !== undefined) pending.reject(new Error(message.error.message))
    else pending.resolve(message.result ?? {})
  }

  #abandon(why: string): void {
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer)
      pending.reject(new Error(`${why}:\n${this.#process.output}`))
    }
    this.#pending.clear()
  }
}
