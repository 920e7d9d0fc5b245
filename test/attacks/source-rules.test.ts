/** A82, A83: rules that hold for every line of the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('attacks/source rules')
const root = fileURLToPath(new URL('../../src', import.meta.url))
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, lines: readFileSync(join(root, name), 'utf8').split('\n') }))

/** Lines in the named folders that match, as `file:line`. */
function linesWith(pattern: RegExp, folders: RegExp): string[] {
  return sources
    .filter(({ name }) => folders.test(name))
    .flatMap(({ name, lines }) =>
      lines.flatMap((line, i) => (pattern.test(line) ? [`${name}:${i + 1} ${line.trim()}`] : [])),
    )
}

const PROTOCOL = /^(?:tls13|quic|qpack|h3|sim|reactor|api|bytes)\//

test('there are sources to look at', () => {
  assert.ok(sources.length > 100)
})

test('nothing of the protocol is drawn from Math.random', () => {
  assert.equal(linesWith(/Math\.random/, PROTOCOL), [])
})

test('memory that is sent is never taken without being cleared', () => {
  // What it is used for is filled before anybody sees it: bytes of a body, copied in.
  const allowed = /^api\/body-reader\.ts/
  const found = linesWith(/allocUnsafe/, PROTOCOL).filter((line) => !allowed.test(line))
  assert.equal(found, [])
})

test('secrets are compared in a time that tells nothing', () => {
  const early = /\bequalBytes\([^)]*(?:token|secret|finished|verify|binder|tag|mac)\b/i
  assert.equal(linesWith(early, /^(?:tls13\/(?:handshake|key-schedule)|quic)\//), [])
  const constantTime = linesWith(/\bequalSecrets\(/, /^(?:tls13\/handshake|quic)\//).join('\n')
  // The Finished of both roles, the stateless reset token, the Retry integrity tag.
  assert.match(constantTime, /finished/i)
  assert.match(constantTime, /token/i)
})

test('no module of the protocol keeps state that a peer can change', () => {
  // Scratch memory that no call leaves anything in for the next.
  const allowed = /^qpack\/string-literal\.ts:\d+ let scratch/
  const found = linesWith(/^(?:export )?let /, /^(?:tls13|quic|qpack|h3|bytes)\//)
  assert.equal(
    found.filter((line) => !allowed.test(line)),
    [],
  )
})

test('no environment variable and no file has a say in the protocol', () => {
  assert.equal(linesWith(/process\.env|node:fs/, /^(?:tls13|quic|qpack|h3|reactor|bytes)\//), [])
})

test.run()
