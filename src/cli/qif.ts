import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Field, QpackDecoder, QpackEncoder } from '../qpack/index.ts'
import { fileFailure } from './file-failure.ts'
import { formatQif, formatRecords, parseQif, parseRecords, type QifRecord } from './qif-format.ts'

const USAGE = `Usage:
  tsquic qif decode IN.out OUT.qif --capacity N [--blocked N]
  tsquic qif encode IN.qif OUT.out --capacity N [--blocked N] [--ack]

Encodes and decodes the files of the QPACK offline interop tests.

  --capacity N  bytes of dynamic table that the decoder allows; decoding starts with all of them
  --blocked N   streams that may be blocked at a time (decode: 100, encode: 0)
  --ack         encode as if each section were acknowledged at once; without it none ever is
  --help        this text
`

/** Offline files have no memory to protect: what one holds may be as large as it is. */
const UNLIMITED = { maxFieldSectionSize: 2 ** 30, maxFields: 2 ** 30 }

export interface CliOutput {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** `tsquic qif …`; returns the exit code: 0, 1 when the work failed, 2 when the call was wrong. */
export async function runQif(args: readonly string[], io: CliOutput): Promise<number> {
  let call: QifCall | undefined
  try {
    call = parseCall(args)
  } catch (error) {
    io.stderr(`tsquic qif: ${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  if (call === undefined) {
    io.stdout(USAGE)
    return 0
  }
  try {
    const input = await readFile(call.input)
    const output =
      call.command === 'decode'
        ? Buffer.from(formatQif(decodeRecords(parseRecords(input), call)), 'latin1')
        : formatRecords(encodeLists(parseQif(input.toString('latin1')), call))
    await writeFile(call.output, output)
    io.stdout(`${call.output}: ${output.length} bytes\n`)
    return 0
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException
    const what = syscall === undefined ? `${call.input}: ${message}` : fileFailure(error)
    io.stderr(`tsquic qif ${call.command}: ${what}\n`)
    return 1
  }
}

export interface QifSettings {
  readonly capacity: number
  readonly blocked: number
  readonly ack: boolean
}

interface QifCall extends QifSettings {
  readonly command: 'decode' | 'encode'
  readonly input: string
  readonly output: string
}

/** Undefined when help is wanted. */
function parseCall(args: readonly string[]): QifCall | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      capacity: { type: 'string' },
      blocked: { type: 'string' },
      ack: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const [command, input, output, ...others] = positionals
  if (command !== 'decode' && command !== 'encode')
    throw new Error(command === undefined ? 'decode or encode?' : `no command ${command}`)
  if (input === undefined || output === undefined || others.length > 0)
    throw new Error(`${command} takes an input file and an output file`)
  if (values.capacity === undefined) throw new Error('--capacity is missing')
  if (values.ack && command === 'decode') throw new Error('--ack is for encode')
  return {
    command,
    input,
    output,
    capacity: parseCount('capacity', values.capacity),
    blocked: parseCount('blocked', values.blocked ?? (command === 'decode' ? '100' : '0')),
    ack: values.ack ?? false,
  }
}

function parseCount(name: string, text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count > 2 ** 30)
    throw new Error(`--${name} takes a number up to 2^30, not '${text}'`)
  return count
}

/** The lists in the records, in the order of their stream ids. */
export function decodeRecords(
  records: readonly QifRecord[],
  settings: Pick<QifSettings, 'capacity' | 'blocked'>,
): (readonly Field[])[] {
  const decoder = new QpackDecoder({
    maxTableCapacity: settings.capacity,
    maxBlockedStreams: settings.blocked,
    initialCapacity: settings.capacity,
    ...UNLIMITED,
  })
  const lists = new Map<number, readonly Field[]>()
  let sections = 0
  for (const { streamId, bytes } of records) {
    if (streamId !== 0) {
      sections++
      const fields = decoder.decode(streamId, bytes)
      if (fields !== undefined) lists.set(streamId, fields)
      continue
    }
    decoder.receiveEncoderStream(bytes)
    for (let next = decoder.takeUnblocked(); next; next = decoder.takeUnblocked())
      lists.set(next.streamId, next.fields)
  }
  if (lists.size < sections)
    throw new Error(`${sections - lists.size} of ${sections} sections stayed blocked`)
  return [...lists].sort(([a], [b]) => a - b).map(([, fields]) => fields)
}

export function encodeLists(
  lists: readonly (readonly Field[])[],
  { capacity, blocked, ack }: QifSettings,
): QifRecord[] {
  const encoder = new QpackEncoder({ maxTableCapacity: capacity })
  encoder.setPeerLimits(capacity, blocked)
  const peer = new QpackDecoder({
    maxTableCapacity: capacity,
    maxBlockedStreams: blocked,
    ...UNLIMITED,
  })
  const records: QifRecord[] = []
  lists.forEach((fields, index) => {
    const streamId = index + 1
    const section = encoder.encode(streamId, fields)
    const instructions = encoder.takeEncoderStream()
    if (instructions !== undefined) records.push({ streamId: 0, bytes: instructions })
    records.push({ streamId, bytes: section })
    if (!ack) return
    if (instructions !== undefined) peer.receiveEncoderStream(instructions)
    peer.decode(streamId, section)
    const acknowledgment = peer.takeDecoderStream()
    if (acknowledgment !== undefined) encoder.receiveDecoderStream(acknowledgment)
  })
  return records
}
