import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { HELPER_CHUNK, REFILL_TIMEOUT } from '../limits.ts'
import { FIRST_HELPER_PIPE, helperScript } from './helper-script.ts'
import type { MadePairs, OwnedPair, PairMaker } from './pair-maker.ts'
import { SocketPair } from './socket-pair.ts'
import { bareEnd, closeEnd } from './stream-end.ts'

/**
 * Pairs by a process of Node that lives for a moment: libuv makes a socketpair for each of its
 * pipes, and it sends its ends back to us. Real pairs, with public API alone.
 */
export class HelperMaker implements PairMaker {
  readonly kind = 'helper'
  private readonly execPath: string
  /** The helper that is running. */
  private child: ChildProcess | undefined = undefined

  /** @param execPath the program that runs the script; default this Node */
  constructor(execPath: string = process.execPath) {
    this.execPath = execPath
  }

  /** The helper's process id while it runs. */
  get pid(): number | undefined {
    return this.child?.pid
  }

  makeNow(): undefined {
    return undefined
  }

  /** At most `HELPER_CHUNK` at once. */
  make(count: number): Promise<MadePairs> {
    return new Promise((resolve) => {
      const wanted = Math.min(count, HELPER_CHUNK)
      const pairs: OwnedPair[] = []
      let child: ChildProcess
      try {
        child = this.start(wanted)
      } catch (error) {
        resolve({ pairs, failure: error as Error })
        return
      }
      this.child = child
      // A process that could not be started has no stdio to look at.
      const ends =
        (child.stdio?.slice(FIRST_HELPER_PIPE) as Socket[] | undefined)?.map(bareEnd) ?? []
      const timer = setTimeout(() => child.kill('SIGKILL'), REFILL_TIMEOUT).unref()
      let finished = false
      const finish = (failure: Error | undefined): void => {
        if (finished) return
        finished = true
        clearTimeout(timer)
        if (this.child === child) this.child = undefined
        // Ends that never got their counterpart back.
        for (const end of ends.slice(pairs.length)) closeEnd(end)
        if (child.connected) child.disconnect()
        resolve({ pairs, failure })
      }
      child.on('error', finish)
      child.on('exit', (code, signal) =>
        finish(new Error(`the helper ended early (${signal ?? `exit code ${code}`})`)),
      )
      child.on('message', (index, handle) => {
        if (finished || !(handle instanceof Socket) || index !== pairs.length) {
          if (handle instanceof Socket) handle.destroy()
          finish(new Error('the helper sent something else'))
          return
        }
        const pair = SocketPair.join('helper', bareEnd(handle), ends[pairs.length]!)
        if (pair === undefined) finish(new Error('the helper sent a closed end'))
        else if (pairs.push(pair) === wanted) finish(undefined)
      })
    })
  }

  async close(): Promise<void> {
    // Whoever waits for the end of this waits for the helper's as well.
    this.child?.ref()
    this.child?.kill('SIGKILL')
  }

  private start(count: number): ChildProcess {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(this.execPath, ['--eval', helperScript, String(count)], {
      env,
      stdio: [
        'ignore',
        'ignore',
        'ignore',
        'ipc',
        ...Array.from({ length: count }, () => 'pipe' as const),
      ],
    })
    child.unref()
    child.channel?.unref()
    return child
  }
}
