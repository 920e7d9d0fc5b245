import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/bytes/index.ts'
import { runQif } from '../../src/cli/qif.ts'
import { formatRecords, parseRecords } from '../../src/cli/qif-format.ts'

const test = suite('cli/qif')
const LISTS = ':path\t/a\nx-custom\tsome value\n\n:path\t/b\nx-custom\tsome value\n\n'

let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsquic-qif-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

async function run(...args: string[]) {
  const result = { code: 0, stdout: '', stderr: '' }
  result.code = await runQif(args, {
    stdout: (text) => {
      result.stdout += text
    },
    stderr: (text) => {
      result.stderr += text
    },
  })
  return result
}

test('what encode writes decode reads', async () => {
  writeFileSync(at('in.qif'), LISTS)
  for (const options of [[], ['--blocked', '5'], ['--blocked', '5', '--ack'], ['--ack']]) {
    const encoded = await run('encode', at('in.qif'), at('x.out'), '--capacity', '512', ...options)
    assert.is(encoded.code, 0, encoded.stderr)
    assert.match(encoded.stdout, /x\.out: \d+ bytes/)
    const decoded = await run('decode', at('x.out'), at('back.qif'), '--capacity=512')
    assert.is(decoded.code, 0, decoded.stderr)
    assert.is(readFileSync(at('back.qif'), 'latin1'), LISTS)
  }
})

test('encode sets the capacity before it inserts', async () => {
  writeFileSync(at('in.qif'), LISTS)
  await run('encode', at('in.qif'), at('x.out'), '--capacity', '220', '--blocked', '5')
  const [first] = parseRecords(readFileSync(at('x.out')))
  assert.is(first!.streamId, 0)
  assert.is(toHex(first!.bytes.subarray(0, 3)), '3fbd01')
})

test('files that are not there are told in words', async () => {
  const missing = await run('decode', at('none'), at('x'), '--capacity', '0')
  assert.is(missing.code, 1)
  assert.is(missing.stderr, `tsquic qif decode: ${at('none')} does not exist\n`)
})

test('decode starts with the whole capacity and sorts by stream', async () => {
  const file = formatRecords([
    { streamId: 2, bytes: Uint8Array.of(2, 0, 0x80) },
    { streamId: 1, bytes: Uint8Array.of(0, 0, 0xd1) },
    { streamId: 0, bytes: Uint8Array.of(0x41, 0x61, 1, 0x31) },
  ])
  writeFileSync(at('x.out'), file)
  const { code } = await run('decode', at('x.out'), at('x.qif'), '--capacity', '64')
  assert.is(code, 0)
  assert.is(readFileSync(at('x.qif'), 'latin1'), ':method\tGET\n\na\t1\n\n')
})

test('sections that stay blocked, bad bytes and missing files are told, with exit code 1', async () => {
  writeFileSync(at('x.out'), formatRecords([{ streamId: 2, bytes: Uint8Array.of(2, 0, 0x80) }]))
  const blocked = await run('decode', at('x.out'), at('x.qif'), '--capacity', '64')
  assert.is(blocked.code, 1)
  assert.match(blocked.stderr, /1 of 1 sections stayed blocked/)
  const none = await run('decode', at('x.out'), at('x.qif'), '--capacity', '64', '--blocked', '0')
  assert.is(none.code, 1)
  writeFileSync(at('x.out'), 'short')
  const short = await run('decode', at('x.out'), at('x.qif'), '--capacity', '64')
  assert.is(short.code, 1)
  assert.match(short.stderr, /cut short/)
  const missing = await run('encode', at('none.qif'), at('x.out'), '--capacity', '64')
  assert.is(missing.code, 1)
  assert.match(missing.stderr, /none\.qif/)
})

test('a wrong call is told with the usage and exit code 2', async () => {
  for (const [args, message] of [
    [[], /decode or encode/],
    [['convert', 'a', 'b'], /no command convert/],
    [['decode', 'a', '--capacity', '1'], /an input file and an output file/],
    [['decode', 'a', 'b'], /--capacity is missing/],
    [['decode', 'a', 'b', '--capacity', '-1'], /capacity/],
    [['decode', 'a', 'b', '--capacity', '1e3'], /takes a number/],
    [['decode', 'a', 'b', '--capacity', '1', '--ack'], /--ack is for encode/],
    [['decode', 'a', 'b', '--speed', '1'], /--speed/],
  ] as const) {
    const { code, stdout, stderr } = await run(...args)
    assert.is(code, 2, args.join(' '))
    assert.is(stdout, '')
    assert.match(stderr, message)
    assert.match(stderr, /Usage:/)
  }
})

test('help goes to standard output', async () => {
  const { code, stdout, stderr } = await run('--help')
  assert.is(code, 0)
  assert.is(stderr, '')
  assert.match(stdout, /--capacity N/)
})

test.run()
