import type { ClientInfo, ServerStats } from './events.ts'
import type { ServerSettings } from './options.ts'
import { RequestCounters } from './request-dispatch.ts'
import type { Running } from './running.ts'
import type { TopAnswer } from './top-protocol.ts'

/** What a server counts, and what it tells of itself: to `stats`, and to `tsquic top`. */
export class Statistics {
  readonly counters = new RequestCounters()
  private readonly settings: ServerSettings
  private readonly startTime = Date.now()

  constructor(settings: ServerSettings) {
    this.settings = settings
  }

  of({ connections, source, pool }: Running): ServerStats {
    const { directory } = connections
    const { counters, settings } = this
    const poolStats = pool?.stats()
    const workers = poolStats?.workers ?? []
    return {
      ...directory.stats,
      startTime: this.startTime,
      scheme: directory.scheme,
      vfdKind: source.kind,
      vfd: source.stats,
      requestCount: counters.requests,
      dispatchCount: counters.dispatched,
      responseCount: counters.responses,
      dropCount: counters.dropped,
      lostCount: counters.lost,
      staleCount: poolStats?.staleFrames ?? 0,
      totalRecvBytes: connections.totalRecvBytes,
      totalSendBytes: connections.totalSendBytes,
      workerNum: settings.workerNum,
      taskWorkerNum: settings.taskWorkerNum,
      idleWorkerNum: workers.filter(({ kind, status }) => kind === 'worker' && status === 'idle')
        .length,
      taskingNum: poolStats?.tasking ?? 0,
      workers,
    }
  }

  /** @param rows how many connections at most */
  topAnswer(
    running: Running,
    bound: { readonly address: string; readonly port: number } | null,
    rows: number,
  ): TopAnswer {
    const { connections } = running
    const clients: ClientInfo[] = []
    for (const sessionId of connections.sessions.ids()) {
      if (clients.length >= rows) break
      const info = connections.info(sessionId)
      if (info !== undefined) clients.push(info)
    }
    return {
      pid: process.pid,
      address: bound === null ? '' : `${bound.address}:${bound.port}`,
      now: Date.now(),
      stats: this.of(running),
      clients,
    }
  }
}
