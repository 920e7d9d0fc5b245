import { Dirent } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderListing } from '../../../src/cli/static/listing.ts'

const test = suite('cli/static/listing')

function entry(name: string, isDirectory: boolean): Dirent {
  return Object.assign(Object.create(Dirent.prototype), { name, isDirectory: () => isDirectory })
}

test('folders come first, hidden files not at all', () => {
  const page = renderListing('/', [entry('b', false), entry('.env', false), entry('z', true)])
  assert.ok(page.indexOf('href="./z/"') < page.indexOf('href="./b"'))
  assert.not.match(page, '.env')
  assert.not.match(page, '../')
})

test('a name can not break out of the page or its link', () => {
  const page = renderListing('/x/', [
    entry('"><script>alert(1)</script>', false),
    entry('a b#?', false),
  ])
  assert.not.match(page, '<script')
  assert.match(page, 'href="./a%20b%23%3F"')
  assert.match(page, 'href="../"')
})

test.run()
