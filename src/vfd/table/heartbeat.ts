import type { ConnectionRecord } from './record.ts'

/** Both in ms. */
export interface HeartbeatTimes {
  readonly checkInterval: number
  readonly idleTime: number
}

/**
 * The two times of the heartbeat, each from the other where it is not given, by Swoole's rule: idle
 * is twice the interval, and the interval at most half of idle. Undefined when there is none.
 */
export function heartbeatTimes(
  checkInterval: number | undefined,
  idleTime: number | undefined,
): HeartbeatTimes | undefined {
  const idle = idleTime ?? (checkInterval ?? 0) * 2
  if (!(idle > 0)) return undefined
  const most = Math.max(1, Math.floor(idle / 2))
  return { checkInterval: Math.min(checkInterval ?? most, most), idleTime: idle }
}

/** Whether nothing was received for `idleTime`. What we send does not count. */
export function isIdle<T>(record: ConnectionRecord<T>, now: number, idleTime: number): boolean {
  return (
    !record.protected &&
    record.lastRecvTime !== 0 &&
    idleTime > 0 &&
    record.lastRecvTime <= now - idleTime
  )
}
