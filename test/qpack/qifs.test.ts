import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeRecords, encodeLists } from '../../src/cli/qif.ts'
import { formatQif, parseQif, parseRecords, type QifRecord } from '../../src/cli/qif-format.ts'
import type { Field } from '../../src/qpack/index.ts'
import { random } from './random.ts'

const test = suite('qpack/qifs')
const folder = new URL('../../../shared/qifs/', import.meta.url)
const CAPACITIES = [0, 100, 256, 512, 4096, 65536]

function listsOf(name: string): Field[][] {
  return parseQif(readFileSync(new URL(`qifs/${name}.qif`, folder), 'latin1'))
}

function sizeOf(records: readonly QifRecord[]): number {
  return records.reduce((sum, record) => sum + record.bytes.length, 0)
}

/** The same records with the encoder stream late and cut anywhere, within the blocked limit. */
function delayed(records: readonly QifRecord[], blocked: number, seed: number): QifRecord[] {
  const next = random(seed)
  const out: QifRecord[] = []
  let instructions: number[] = []
  let waiting = 0
  for (const record of records) {
    if (record.streamId === 0) {
      instructions.push(...record.bytes)
      continue
    }
    const isDue = waiting >= blocked
    const count = isDue ? instructions.length : next(instructions.length + 1)
    if (isDue || next(2) === 0) {
      out.push({ streamId: 0, bytes: Uint8Array.from(instructions.slice(0, count)) })
      instructions = instructions.slice(count)
      if (instructions.length === 0) waiting = 0
    }
    if (instructions.length > 0) waiting++
    out.push(record)
  }
  out.push({ streamId: 0, bytes: Uint8Array.from(instructions) })
  return out
}

if (!existsSync(folder)) {
  console.log('skipped: ../shared/qifs is missing')
  test.skip('the lists of the QPACK community decode to themselves', () => {})
} else {
  const names = readdirSync(new URL('qifs/', folder)).map((file) => file.replace('.qif', ''))

  for (const file of readdirSync(new URL('encoded/nghttp3/', folder))) {
    test(`nghttp3's ${file} decodes to its lists`, () => {
      const [name, , capacity, blocked] = file.split('.')
      const records = parseRecords(readFileSync(new URL(`encoded/nghttp3/${file}`, folder)))
      const lists = decodeRecords(records, {
        capacity: Number(capacity),
        blocked: Number(blocked),
      })
      assert.is(formatQif(lists), formatQif(listsOf(name!)))
    })
  }

  for (const name of names) {
    for (const capacity of CAPACITIES) {
      test(`${name} comes back with ${capacity} bytes, the encoder stream late`, () => {
        const lists = listsOf(name)
        for (const blocked of [0, 1, 100]) {
          for (const ack of [false, true]) {
            const records = encodeLists(lists, { capacity, blocked, ack })
            const sent = ack ? records : delayed(records, blocked, capacity + blocked)
            const back = decodeRecords(sent, { capacity, blocked })
            assert.is(formatQif(back), formatQif(lists))
          }
        }
      })
    }

    test(`${name} is encoded about as well as nghttp3 does`, () => {
      const lists = listsOf(name)
      for (const [capacity, blocked] of [
        [0, 0],
        [256, 100],
        [512, 100],
        [4096, 100],
        [4096, 0],
      ] as const) {
        const theirs = readFileSync(
          new URL(`encoded/nghttp3/${name}.out.${capacity}.${blocked}.1`, folder),
        )
        const ours = encodeLists(lists, { capacity, blocked, ack: true })
        assert.ok(sizeOf(ours) < 1.3 * sizeOf(parseRecords(theirs)), `${capacity}, ${blocked}`)
      }
    })
  }
}

test.run()
