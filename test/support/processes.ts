/** Child processes of tests: started, watched and always ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const living = new Set<ChildProcess>()

const killAll = (): void => {
  for (const child of living) child.kill('SIGKILL')
}

process.on('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1))
}

export interface StartOptions {
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Pipes beyond stdin, stdout and stderr: 2 makes the descriptors 3 and 4. */
  readonly extraPipes?: number
}

export interface ExitStatus {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class Process {
  readonly child: ChildProcess
  readonly exited: Promise<ExitStatus>
  readonly #command: string
  #output = ''
  #status: ExitStatus | undefined = undefined

  private constructor(command: string, child: ChildProcess) {
    this.#command = command
    this.child = child
    const collect = (chunk: string): void => {
      this.#output += chunk
    }
    child.stdout?.setEncoding('utf8').on('data', collect)
    child.stderr?.setEncoding('utf8').on('data', collect)
    this.exited = new Promise((resolve) => {
      // 'close' rather than 'exit': all output has been read by then.
      child.on('close', (code, signal) => {
        living.delete(child)
        this.#status = { code, signal }
        resolve(this.#status)
      })
      child.on('error', (error) => collect(`${error.message}\n`))
    })
  }

  static start(command: string, args: readonly string[], options: StartOptions = {}): Process {
    const extra = Array.from({ length: options.extraPipes ?? 0 }, () => 'pipe' as const)
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', ...extra],
    })
    living.add(child)
    return new Process([command, ...args].join(' '), child)
  }

  /** Everything written to stdout and stderr so far. */
  get output(): string {
    return this.#output
  }

  get hasExited(): boolean {
    return this.#status !== undefined
  }

  #fail(what: string): Error {
    return new Error(`${this.#command}\n${what}; its output:\n${this.#output}`)
  }

  /** Waits until the output matches; rejects when the process ends first or time runs out. */
  async waitFor(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpMatchArray> {
    let match: RegExpMatchArray | null = null
    await this.waitUntil(
      () => {
        match = this.#output.match(pattern)
        return match !== null
      },
      `${pattern}`,
      timeoutMs,
    )
    return match!
  }

  async waitUntil(condition: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (!condition()) {
      if (this.hasExited) throw this.#fail(`ended before ${what}`)
      if (performance.now() > deadline) throw this.#fail(`no ${what} within ${timeoutMs} ms`)
      await sleep(20)
    }
  }

  /** Waits until someone listens on the UDP port (Linux: read from /proc). */
  waitForUdpPort(port: number): Promise<void> {
    return this.waitUntil(() => isUdpPortTaken(port), `listener on UDP port ${port}`)
  }

  /** Waits for the end of the process; kills it and rejects when time runs out. */
  async finish(timeoutMs = 120_000): Promise<ExitStatus> {
    try {
      await this.waitUntil(() => this.#status !== undefined, 'end', timeoutMs)
    } catch (error) {
      await this.stop('SIGKILL')
      throw error
    }
    return this.#status!
  }

  /** Asks the process to end; kills it when it has not ended after the grace period. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 30_000): Promise<ExitStatus> {
    if (this.#status !== undefined) return this.#status
    this.child.kill(signal)
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }
}

export interface RunResult extends ExitStatus {
  readonly output: string
}

/** Runs a program to its end, whatever its exit code. */
export const run = async (
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly timeoutMs?: number } = {},
): Promise<RunResult> => {
  const child = Process.start(command, args, options)
  const status = await child.finish(options.timeoutMs)
  return { ...status, output: child.output }
}

const isUdpPortTaken = (port: number): boolean => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['/proc/net/udp', '/proc/net/udp6'].some((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .some((line) => line.trim().split(/\s+/)[1]?.endsWith(suffix)),
  )
}

const isTcpPortFree = async (port: number): Promise<boolean> => {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

const isUdpPortFree = async (port: number): Promise<boolean> => {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  try {
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}

/**
 * A port of 127.0.0.1 that is free now for UDP and for TCP. It is below those that the system gives
 * to whoever wants any, so that no other test gets it before the program that it is for.
 */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(15_000, 32_000)
    if ((await isUdpPortFree(port)) && (await isTcpPortFree(port))) return port
  }
  throw new Error('found no port that is free for both UDP and TCP')
}
