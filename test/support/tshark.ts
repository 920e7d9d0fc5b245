/** Reads captures with tshark: an independent judge of what went over the wire. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requirePeer } from './peers.ts'
import { run } from './processes.ts'

export interface CaptureAnalysis {
  /** Frames that tshark dissects as QUIC. */
  readonly quicFrames: number
  readonly malformedFrames: number
  /** Frames with HTTP/3 in them: 0 unless the key log fits the capture. */
  readonly http3Frames: number
  /** QUIC frame types seen, as numbers. */
  readonly frameTypes: ReadonlySet<number>
  /** Messages of tshark's expert system with severity error, or that tell of failed decryption. */
  readonly errors: readonly string[]
  /** SETTINGS, HEADERS and so on: HTTP/3 frame types seen. */
  readonly http3FrameTypes: ReadonlySet<number>
}

const fields = [
  'frame.number',
  '_ws.malformed',
  'http3',
  'quic.frame_type',
  'http3.frame_type',
  'quic.decryption_failed',
  '_ws.expert.severity',
  '_ws.expert.message',
]

/** tshark's number of the severity "error". */
const severityError = 8388608

const numbersOf = (rows: readonly string[][], column: number): ReadonlySet<number> =>
  new Set(
    rows.flatMap((row) => row[column]!.split('|').filter((value) => value !== '')).map(Number),
  )

const errorsOf = (rows: readonly string[][]): string[] =>
  rows.flatMap((row) => {
    const messages = row[7]!.split('|')
    const severities = row[6]!.split('|')
    const errors = messages.filter((_, index) => Number(severities[index]) >= severityError)
    if (row[5] !== '') errors.push(`${row[5]}`)
    return errors.map((message) => `frame ${row[0]}: ${message}`)
  })

/** Dissects the capture of a QUIC server on the given port, decrypted with the key log. */
export const analyseCapture = async (
  pcapPath: string,
  keyLogPath: string,
  port: number,
): Promise<CaptureAnalysis> => {
  const home = mkdtempSync(join(tmpdir(), 'tsquic-tshark-'))
  const result = await run(
    requirePeer('tshark'),
    [
      ...['-n', '-r', pcapPath, '-o', `tls.keylog_file:${keyLogPath}`],
      ...['-d', `udp.port==${port},quic`, '-Y', 'quic', '-T', 'fields'],
      ...['-E', 'separator=/t', '-E', 'aggregator=|', '-E', 'occurrence=a'],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { env: { HOME: home, XDG_CONFIG_HOME: home } },
  )
  if (result.code !== 0) throw new Error(`tshark failed:\n${result.output}`)
  const rows = result.output
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((row) => row.length === fields.length)
  return {
    quicFrames: rows.length,
    malformedFrames: rows.filter((row) => row[1] !== '').length,
    http3Frames: rows.filter((row) => row[2] !== '').length,
    frameTypes: numbersOf(rows, 3),
    http3FrameTypes: numbersOf(rows, 4),
    errors: errorsOf(rows),
  }
}
