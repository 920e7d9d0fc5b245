import type { ServerOptions as HttpServerOptions } from '../../api/index.ts'
import { portOf } from '../../api/internals.ts'
import type { Field } from '../../qpack/index.ts'
import type { DispatchFunction, DispatchMode } from '../dispatch/index.ts'
import type { NotifyMode } from '../notifier.ts'
import type { VfdKind } from '../source/source.ts'
import type { DirectoryScheme } from '../table/directory.ts'
import { type HeartbeatTimes, heartbeatTimes } from '../table/heartbeat.ts'
import { checkOptions, checkWatermarks } from './check-options.ts'
import {
  DEFAULT_HIGH_WATERMARK_SHARE,
  DEFAULT_MAX_WAIT_TIME,
  DEFAULT_SOCKET_BUFFER_SIZE,
} from './limits.ts'
import type { WatermarkOptions } from './watermarks.ts'

/** The request that a dispatch function decides about. */
export interface DispatchRequest {
  readonly streamId: number
  /** Pseudo-headers first; names are lower case. */
  readonly fields: readonly Field[]
}

/** Options of {@link Server}. Those of `createSecureServer` are taken too. */
export interface ServerOptions extends HttpServerOptions {
  /** UDP port. Default 0: any free one. */
  readonly port?: number
  /** Address or name to listen on. Default `::`, which takes IPv4 too. */
  readonly host?: string

  /** Worker processes, 1000 at most; 0 (the default) to handle requests in this process. */
  readonly workerNum?: number
  /** The module whose default export handles requests in workers: a file URL or absolute path. */
  readonly worker?: URL | string
  /** Processes for tasks, 1000 at most. Default 0. */
  readonly taskWorkerNum?: number
  /** Which worker gets a request. Default `fdmod`: always the same one for a connection. */
  readonly dispatchMode?: DispatchMode
  /** Asked before the mode: a worker's id, -1 to drop the request, -2 to close, -3 for the mode. */
  readonly dispatchFunction?: DispatchFunction<DispatchRequest>
  /** Requests after which a worker is replaced. Default 0: never. */
  readonly maxRequest?: number
  /** Milliseconds, below 2^31, that workers and closing connections have to finish. Default 3000. */
  readonly maxWaitTime?: number
  /** Added to the environment of the workers. */
  readonly env?: Readonly<Record<string, string>>

  /** Connections at once; above it clients are refused. Default: 100,000 or what the descriptors allow. */
  readonly maxConn?: number
  /** How connections get their numbers. Default `socketpair`: one of their own for each. */
  readonly scheme?: DirectoryScheme
  /** How virtual fds are made. Default: the first of native, ffi, koffi, helper, unix that works. */
  readonly vfdSource?: VfdKind
  /**
   * How the reactor learns that a connection has something to tell: one doorbell for all (the default),
   * or a byte on the connection's own vfd, for programs that watch the vfds.
   */
  readonly notify?: NotifyMode
  /**
   * Virtual fds kept ready. Default 128. With the helper, what a burst of clients needs beyond them is
   * emulated.
   */
  readonly vfdPoolSize?: number
  /** Refuses connections when there is no real virtual fd, instead of giving an emulated one. */
  readonly strict?: boolean

  /** Milliseconds between heartbeats, 1 at least. Default half of the idle time; without either there are none. */
  readonly heartbeatCheckInterval?: number
  /** Milliseconds without a packet after which a heartbeat closes. Default twice the interval. */
  readonly heartbeatIdleTime?: number

  /** Bytes queued for a connection from which on `send` refuses. Default 8 MiB. */
  readonly socketBufferSize?: number
  /** Bytes queued for `bufferFull`. Default 0.8 of `socketBufferSize`. */
  readonly bufferHighWatermark?: number
  /** Bytes queued for `bufferEmpty` after it. Default 0. */
  readonly bufferLowWatermark?: number

  /**
   * A Unix socket for `tsquic top`: a path of at most 107 bytes (macOS: 103) in a directory that is
   * there, or true for one by process id in a folder of the user's own. A socket left behind is
   * replaced, no other file. Where it cannot be, `start` rejects; with true there is a `warning`, and
   * none. Default: none.
   */
  readonly topSocket?: string | boolean
}

/** What remains of the options when the defaults are in. */
export interface ServerSettings {
  readonly port: number
  readonly host: string
  readonly workerNum: number
  readonly taskWorkerNum: number
  readonly maxWaitTime: number
  readonly notify: NotifyMode
  readonly heartbeat: HeartbeatTimes | undefined
  readonly watermarks: WatermarkOptions
}

/** Throws a TypeError or RangeError with a code for options that cannot be used. */
export function settingsOf(options: ServerOptions): ServerSettings {
  checkOptions(options)
  const { workerNum = 0, taskWorkerNum = 0 } = options
  const size = options.socketBufferSize ?? DEFAULT_SOCKET_BUFFER_SIZE
  const high = options.bufferHighWatermark ?? size * DEFAULT_HIGH_WATERMARK_SHARE
  const low = options.bufferLowWatermark ?? 0
  checkWatermarks(low, high)
  return {
    port: portOf(options.port ?? 0),
    host: options.host ?? '::',
    workerNum,
    taskWorkerNum,
    maxWaitTime: options.maxWaitTime ?? DEFAULT_MAX_WAIT_TIME,
    notify: options.notify ?? 'doorbell',
    heartbeat: heartbeatTimes(options.heartbeatCheckInterval, options.heartbeatIdleTime),
    watermarks: { size, high, low },
  }
}
