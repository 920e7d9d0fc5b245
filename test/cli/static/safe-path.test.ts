import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { relativePath, resolveInside } from '../../../src/cli/static/safe-path.ts'

const test = suite<{ root: string; base: string }>('cli/static/safe-path')

test.before((context) => {
  context.base = realpathSync(mkdtempSync(join(tmpdir(), 'tsquic-')))
  context.root = join(context.base, 'root')
  mkdirSync(join(context.root, 'sub'), { recursive: true })
  mkdirSync(join(context.base, 'root-sibling'))
  writeFileSync(join(context.root, 'a.txt'), 'a')
  writeFileSync(join(context.base, 'secret.txt'), 's')
  writeFileSync(join(context.base, 'root-sibling', 's.txt'), 's')
  symlinkSync(join(context.base, 'secret.txt'), join(context.root, 'out.txt'))
  symlinkSync(join(context.base, 'root-sibling'), join(context.root, 'sibling'))
  symlinkSync(join(context.root, 'a.txt'), join(context.root, 'in.txt'))
})

test.after((context) => rmSync(context.base, { recursive: true }))

test('a plain path loses its slash and its query', () => {
  assert.is(relativePath('/a/b.txt?x=1#y'), 'a/b.txt')
  assert.is(relativePath('/'), '')
  assert.is(relativePath('/a%20b'), 'a b')
  assert.is(relativePath('/.well-known/x'), '.well-known/x')
})

test('no step upwards passes, however it is written', () => {
  for (const url of [
    '/..',
    '/../secret.txt',
    '/a/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2E%2e%2fsecret.txt',
    '/a%2f..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/a\\..\\b',
    '/a%00.txt',
    '/%c0%ae%c0%ae/x',
    '/%',
    '/.git/config',
    '/sub/.env',
    'a.txt',
    '',
    '*',
  ]) {
    assert.is(relativePath(url), undefined, url)
  }
})

test('a file inside is found by its real path', async ({ root }) => {
  assert.is(await resolveInside(root, 'a.txt'), join(root, 'a.txt'))
  assert.is(await resolveInside(root, 'in.txt'), join(root, 'a.txt'))
  assert.is(await resolveInside(root, ''), root)
  assert.is(await resolveInside(root, 'sub'), join(root, 'sub'))
})

test('a link that leads out is no file, not even to a folder of a similar name', async ({
  root,
}) => {
  assert.is(await resolveInside(root, 'out.txt'), undefined)
  assert.is(await resolveInside(root, 'sibling/s.txt'), undefined)
  assert.is(await resolveInside(root, '../secret.txt'), undefined)
})

test('what is not there is undefined', async ({ root }) => {
  assert.is(await resolveInside(root, 'none.txt'), undefined)
  assert.is(await resolveInside(root, 'a.txt/x'), undefined)
})

test.run()
