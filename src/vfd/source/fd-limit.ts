import { readdirSync } from 'node:fs'
import { DEFAULT_MAX_CONNECTIONS, FD_RESERVE, MAX_CONNECTIONS } from '../limits.ts'

/** Descriptors that Node has open itself, where they cannot be counted. */
const OPEN_AT_START = 32

interface ReportedLimits {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
}

let known: number | undefined

/**
 * Descriptors that this process may have open (`ulimit -n`), read once; Infinity when there is no
 * limit, or none that Node tells.
 */
export function descriptorLimit(): number {
  known ??= readLimit()
  return known
}

/** Pairs that fit into the limit beside what is open now and the reserve. */
export function pairBudget(limit: number = descriptorLimit()): number {
  return Math.max(0, Math.floor((limit - countOpen() - FD_RESERVE) / 2))
}

/**
 * The length of a connection table, by Swoole's rule: what is asked for, or 100,000, within 2^20 and
 * the limit on descriptors.
 */
export function resolveMaxConnections(requested?: number, limit = descriptorLimit()): number {
  return Math.min(requested ?? DEFAULT_MAX_CONNECTIONS, MAX_CONNECTIONS, limit)
}

function readLimit(): number {
  const { report } = process as { report?: NodeJS.ProcessReport & { excludeNetwork?: boolean } }
  if (report === undefined) return Number.POSITIVE_INFINITY
  const { excludeNetwork } = report
  try {
    // Or it would look up the names of all interfaces.
    report.excludeNetwork = true
    const { userLimits } = report.getReport() as ReportedLimits
    const soft = userLimits?.open_files?.soft
    return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  } finally {
    if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork
  }
}

function countOpen(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return OPEN_AT_START
  }
}
