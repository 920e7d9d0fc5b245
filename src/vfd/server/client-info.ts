import type { ConnectionRecord } from '../table/record.ts'
import type { ClientInfo as TableInfo } from '../table/sessions.ts'
import type { ClientInfo } from './events.ts'
import type { VfdSession } from './session.ts'

/** What the table knows of a connection, with what its transport knows, by the clock on the wall. */
export function clientInfo(
  known: TableInfo,
  record: ConnectionRecord<VfdSession>,
  session: VfdSession,
): ClientInfo {
  const { stats, remote, local } = session
  return {
    ...known,
    // Of the connection, not of the record: a client may move.
    remoteAddress: remote.address,
    remotePort: remote.port,
    localAddress: local.address,
    localPort: local.port,
    connectTime: wallClock(known.connectTime),
    lastRecvTime: wallClock(session.lastReceivedAt),
    lastSendTime: wallClock(known.lastSendTime),
    lastDispatchTime: wallClock(known.lastDispatchTime),
    sendQueuedBytes: session.unsentBytes,
    streams: session.activeStreams,
    bytesReceived: stats.bytesReceived,
    bytesSent: stats.bytesSent,
    roundTripTime: stats.smoothedRtt,
    state: stateOf(record),
  }
}

function stateOf(record: ConnectionRecord<VfdSession>): ClientInfo['state'] {
  if (record.closed || record.peerClosed) return 'closing'
  if (record.paused) return 'paused'
  return record.highWatermark ? 'full' : 'open'
}

/** The table keeps the clock of the reactor; 0 stands for never. */
function wallClock(time: number): number {
  return time === 0 ? 0 : performance.timeOrigin + time
}
