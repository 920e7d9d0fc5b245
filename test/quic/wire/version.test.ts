import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import { isSupportedVersion, VERSION_1, versionInfo } from '../../../src/quic/wire/index.ts'
import { VERSION_2 } from '../../../src/quic/wire/version.ts'

const test = suite('versions')

test('only version 1 is supported', () => {
  assert.is(VERSION_1, 1)
  assert.ok(isSupportedVersion(1))
  for (const other of [0, 2, VERSION_2, 0xff00001d, 0x1a2a3a4a])
    assert.not(isSupportedVersion(other))
})

test('a version without a table has none', () => {
  assert.is(versionInfo(0), undefined)
  assert.is(versionInfo(0xff00001d), undefined)
})

test('version 2 and its salt are made from hashes (RFC 9369 §3.1, §3.3.1)', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  assert.is(VERSION_2, hash('QUICv2 version number').readUInt32BE(0))
  assert.is(toHex(versionInfo(VERSION_2)!.initialSalt), toHex(hash('QUICv2 salt').subarray(0, 20)))
})

test('the type bits of a version are undone by its types', () => {
  for (const version of [VERSION_1, VERSION_2]) {
    const { longTypeBits, longTypes } = versionInfo(version)!
    for (let type = 0; type < 4; type++) assert.is(longTypes[longTypeBits[type]!], type)
  }
})

test('version 2 counts its types from Retry (RFC 9369 §3.2)', () => {
  assert.equal(versionInfo(VERSION_2)!.longTypeBits, [1, 2, 3, 0])
})

test.run()
