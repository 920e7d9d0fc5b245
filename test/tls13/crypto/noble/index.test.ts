/** The modules that `tsquic/noble` loads: nothing of Node is among them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the portable provider')
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const entry = fileURLToPath(new URL('../../../../src/tls13/crypto/noble/index.ts', import.meta.url))

interface Module {
  readonly path: string
  readonly source: string
  readonly specifiers: readonly string[]
}

/** Types are gone when the code runs; so are comments. */
function readModule(path: string): Module {
  const source = readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^(?:import|export) type [\s\S]*?$/gm, '')
  const specifiers = [...source.matchAll(/\bfrom '([^']+)'|\bimport\(?\s*['"]([^'"]+)['"]/g)]
  return { path, source, specifiers: specifiers.map(([, from, bare]) => from ?? bare!) }
}

/** All modules that are reached from the entry, those of packages included. */
function graph(): Module[] {
  const seen = new Map<string, Module>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    const module = readModule(path)
    seen.set(path, module)
    const require = createRequire(path)
    for (const specifier of module.specifiers)
      if (!specifier.startsWith('node:')) visit(require.resolve(specifier))
  }
  visit(entry)
  return [...seen.values()]
}

const modules = graph()
const own = modules.filter(({ path }) => !path.includes('node_modules'))

test('the graph is whole: our files, and those of @noble', () => {
  const paths = modules.map(({ path }) => relative(root, path))
  for (const path of [
    'src/tls13/crypto/noble/rsa.ts',
    'src/tls13/crypto/public-key.ts',
    'src/bytes/hex.ts',
    'node_modules/@noble/curves/nist.js',
    'node_modules/@noble/ciphers/aes.js',
    'node_modules/@noble/hashes/sha2.js',
  ])
    assert.ok(paths.includes(path), path)
})

test('no module is one of Node', () => {
  for (const { path, specifiers } of modules)
    for (const specifier of specifiers)
      assert.match(specifier, /^(?:\.|@noble\/(?:ciphers|curves|hashes)\/)/, path)
})

test('no global of Node is used', () => {
  for (const { path, source } of own)
    assert.not(/\b(?:Buffer|process|require|global|setImmediate|__dirname)\b/.test(source), path)
})

test.run()
