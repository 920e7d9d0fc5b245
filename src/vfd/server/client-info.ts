import type { ConnectionRecord } from '../table/record.ts'
import type { ClientInfo } from './events.ts'
import type { VfdSession } from './session.ts'

/** A record and its connection as the application sees them. */
export function clientInfo(record: ConnectionRecord<VfdSession>, session: VfdSession): ClientInfo {
  const { stats } = session
  const { remote, local } = session
  return {
    sessionId: record.sessionId,
    fd: record.vfd,
    reactorId: record.reactorId,
    workerId: record.workerId,
    uid: record.uid,
    // Of the connection, not of the record: a client may move.
    remoteAddress: remote.address,
    remotePort: remote.port,
    localAddress: local.address,
    localPort: local.port,
    connectTime: wallClock(record.connectTime),
    lastRecvTime: wallClock(session.lastReceivedAt),
    lastSendTime: wallClock(record.lastSendTime),
    lastDispatchTime: wallClock(record.lastDispatchTime),
    closeError: record.closeError,
    sendQueuedBytes: session.unsentBytes,
    streams: session.activeStreams,
    bytesReceived: stats.bytesReceived,
    bytesSent: stats.bytesSent,
    roundTripTime: stats.smoothedRtt,
    state: stateOf(record),
  }
}

function stateOf(record: ConnectionRecord<VfdSession>): ClientInfo['state'] {
  if (record.closed || record.closing || record.closeQueued || record.peerClosed) return 'closing'
  if (record.paused) return 'paused'
  return record.highWatermark ? 'full' : 'open'
}

/** The table keeps the clock of the reactor; 0 stands for never. */
function wallClock(time: number): number {
  return time === 0 ? 0 : Math.round(performance.timeOrigin + time)
}
