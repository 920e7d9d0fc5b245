import type { ClientInfo, TopAnswer } from '../vfd/index.ts'
import { formatBytes } from './progress.ts'

interface Column {
  readonly title: string
  readonly isText?: boolean
  value(client: ClientInfo): string
}

const COLUMNS: readonly Column[] = [
  { title: 'FD', value: ({ vfd }) => String(vfd) },
  { title: 'SESSION', value: ({ sessionId }) => String(sessionId) },
  { title: 'PEER', isText: true, value: peer },
  { title: 'STATE', isText: true, value: ({ state }) => state },
  { title: 'STREAMS', value: ({ streams }) => String(streams) },
  { title: 'IN', value: ({ bytesReceived }) => formatBytes(bytesReceived) },
  { title: 'OUT', value: ({ bytesSent }) => formatBytes(bytesSent) },
  { title: 'QUEUED', value: ({ sendQueuedBytes }) => formatBytes(sendQueuedBytes) },
  { title: 'RTT', value: ({ roundTripTime }) => `${roundTripTime.toFixed(1)} ms` },
  { title: 'WORKER', value: ({ workerId }) => (workerId === undefined ? '-' : String(workerId)) },
  { title: 'UID', value: ({ uid }) => (uid === undefined ? '-' : String(uid)) },
]

/** The table as text; lines are cut at `width` characters, 0 for no limit. */
export function renderTop(answer: TopAnswer, width: number): string {
  const { stats, clients } = answer
  const lines = [
    `tsquic ${answer.pid} on ${answer.address}, up ${duration(answer.now - stats.startTime)}`,
    `${stats.connectionNum} connections (${stats.acceptCount} accepted, ${stats.closeCount} closed, ` +
      `${stats.abortCount} refused), ${formatBytes(stats.totalRecvBytes)} in, ${formatBytes(stats.totalSendBytes)} out`,
    `vfds: ${stats.vfdKind}, ${stats.vfd.live} live, ${stats.vfd.pooled} ready, ${stats.vfd.emulated} emulated`,
    `requests: ${stats.requestCount}, ${stats.responseCount} answered, ${stats.lostCount} lost, ${stats.staleCount} stale`,
    ...workerLines(answer),
    '',
    ...tableLines(clients),
  ]
  const left = stats.connectionNum - clients.length
  if (left > 0) lines.push(`… and ${left} more`)
  const cut = width === 0 ? lines : lines.map((line) => line.slice(0, width))
  return `${cut.join('\n')}\n`
}

function workerLines({ stats: { workers } }: TopAnswer): string[] {
  if (workers.length === 0) return []
  const one = ({ id, kind, status, inFlight, served }: (typeof workers)[number]) =>
    `${kind === 'task' ? 'task ' : ''}${id} ${status} ${inFlight}/${served}`
  return [`workers (now/all): ${workers.map(one).join(', ')}`]
}

function tableLines(clients: readonly ClientInfo[]): string[] {
  const cells = COLUMNS.map((column) => [column.title, ...clients.map(column.value)])
  const widths = cells.map((column) => Math.max(...column.map(({ length }) => length)))
  return Array.from({ length: clients.length + 1 }, (_, row) =>
    cells
      .map((column, i) => {
        const cell = column[row]!
        return COLUMNS[i]!.isText === true ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
      })
      .join('  ')
      .trimEnd(),
  )
}

function peer({ remoteAddress, remotePort }: ClientInfo): string {
  const address = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress
  return `${address}:${remotePort}`
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`
}
