import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mimeType } from '../../../src/cli/static/mime-types.ts'

const test = suite('cli/static/mime-types')

test('the extension decides, in any case', () => {
  assert.is(mimeType('/a/index.HTML'), 'text/html; charset=utf-8')
  assert.is(mimeType('x.tar.gz'), 'application/gzip')
})

test('what is not known is bytes', () => {
  assert.is(mimeType('README'), 'application/octet-stream')
  assert.is(mimeType('a.xyz'), 'application/octet-stream')
})

test.run()
