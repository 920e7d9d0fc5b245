import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { STATIC_NAMES, STATIC_TABLE } from '../../src/qpack/static-table.ts'

const test = suite('qpack/static-table')
const rfc = new URL('../../../shared/rfc/rfc9204.md', import.meta.url)

test('entries stand where RFC 9204 has them', () => {
  assert.is(STATIC_TABLE.length, 99)
  for (const [index, name, value] of [
    [0, ':authority', ''],
    [1, ':path', '/'],
    [17, ':method', 'GET'],
    [25, ':status', '200'],
    [29, 'accept', '*/*'],
    [85, 'content-security-policy', "script-src 'none'; object-src 'none'; base-uri 'none'"],
    [98, 'x-frame-options', 'sameorigin'],
  ] as const)
    assert.equal(STATIC_TABLE[index], { name, value })
})

test('the whole table is that of RFC 9204 appendix A', () => {
  if (!existsSync(rfc)) {
    console.log('skipped: ../shared/rfc is missing')
    return
  }
  const text = readFileSync(rfc, 'utf8')
  const rows = text
    .slice(text.indexOf('\n# Static Table\n'))
    .matchAll(/^\| (\d+) +\| (\S+) +\| (.*?) *\|$/gm)
  let count = 0
  for (const [, index, name, value] of rows) {
    assert.is(Number(index), count++)
    assert.equal(STATIC_TABLE[Number(index)], { name, value: value!.replaceAll('\\', '') })
  }
  assert.is(count, 99)
})

test('a name is found at its lowest index, with all of its values', () => {
  assert.is(STATIC_NAMES.get(':status')!.index, 24)
  assert.is(STATIC_NAMES.get(':status')!.values.get('500'), 71)
  assert.is(STATIC_NAMES.get('x-frame-options')!.index, 97)
  assert.is(STATIC_NAMES.get('x-other'), undefined)
})

test('entries cannot be changed by those who get them', () => {
  assert.throws(
    () => Object.assign(STATIC_TABLE[17]!, { value: 'POST' }),
    (error: unknown) => error instanceof TypeError,
  )
})

test.run()
