import { PRESSURE_INTERVAL } from './limits.ts'
import type { VfdSession } from './session.ts'
import { applyWatermarks, type WatermarkOptions } from './watermarks.ts'

/** What is said of a connection's queue. */
export interface PressureListener {
  onBufferFull(sessionId: number): void
  onBufferEmpty(sessionId: number): void
}

/** Watches how much is queued for connections that have been full, until they are empty again. */
export class Pressure {
  private readonly watermarks: WatermarkOptions
  private readonly listener: PressureListener
  private readonly sessions = new Set<VfdSession>()
  private timer: NodeJS.Timeout | undefined

  constructor(watermarks: WatermarkOptions, listener: PressureListener) {
    this.watermarks = watermarks
    this.listener = listener
  }

  /** To be called after more was queued. */
  measure(session: VfdSession): void {
    const { record, sessionId } = session
    if (record === undefined) return
    const change = applyWatermarks(record, session.unsentBytes, this.watermarks)
    if (record.highWatermark || record.overflow) {
      this.sessions.add(session)
      this.watch()
    } else this.sessions.delete(session)
    if (change === 'full') this.listener.onBufferFull(sessionId)
    else if (change === 'empty') this.listener.onBufferEmpty(sessionId)
  }

  forget(session: VfdSession): void {
    this.sessions.delete(session)
  }

  dispose(): void {
    clearTimeout(this.timer)
    this.sessions.clear()
  }

  private watch(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      for (const session of this.sessions) this.measure(session)
    }, PRESSURE_INTERVAL).unref()
  }
}
