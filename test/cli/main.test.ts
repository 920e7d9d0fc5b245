import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { CapturedIo } from '../support/captured-io.ts'

const test = suite('cli/main')
const thisFile = fileURLToPath(import.meta.url)

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = new CapturedIo()
  const code = await main(args, io)
  return { code, out: io.out, err: io.err }
}

test('--version is that of the package', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  assert.equal(await run('--version'), { code: 0, out: `${version}\n`, err: '' })
})

test('--help names every command, and every command has its own', async () => {
  const { code, out } = await run('--help')
  assert.is(code, 0)
  for (const name of ['demo', 'serve', 'get', 'top', 'qif']) {
    assert.match(out, `tsquic ${name}`)
    const own = await run(name, '--help')
    assert.is(own.code, 0)
    assert.match(own.out, `tsquic ${name}`)
  }
})

test('what is not understood is exit code 2, with a hint on standard error', async () => {
  for (const [args, hint] of [
    [[], 'which command?'],
    [['frob'], 'no command "frob"'],
    [['get'], 'needs a URL'],
    [['get', 'localhost'], 'begins with https://'],
    [['get', 'http://localhost/'], 'https: URLs only'],
    [['get', 'https://localhost:99999/'], 'the port is a number up to 65535'],
    [['get', 'https://local host/'], 'is the host name right'],
    [
      ['get', 'https://a/', '--keylog', '/no/such/keys'],
      '--keylog /no/such/keys: /no/such does not',
    ],
    [['serve', '--keylog', '/no/such/keys'], '/no/such does not exist'],
    [['demo', '--keylog', '/'], '--keylog /: / is a directory'],
    [['demo', 'x'], 'takes no arguments'],
    [['get', '--frob', 'https://localhost/'], '--frob'],
    [['get', 'https://a/', 'https://b/', '-o', 'x'], 'one URL'],
    [['get', 'https://a/', '-o', 'x', '--download', 'y'], 'exclude each other'],
    [['get', 'https://a/x', 'https://b/x', '--download', 'y'], 'two of the URLs'],
    [['get', 'https://a/x', '--ca', '/no/such/file'], '--ca: /no/such/file does not exist'],
    [['get', 'https://a/x', '--ca', '/'], '--ca: / is a directory'],
    [['get', 'https://a/x', '--ca', thisFile], 'holds no PEM block'],
    [['get', 'https://a/x', '-o', '/no/such/x'], '--output /no/such/x: /no/such does not exist'],
    [['get', 'https://a/x', '-o', '/'], '/ is a directory; --download writes into one'],
    [['get', 'https://a/x', '--download', thisFile], 'is a file already'],
    [['serve', '--host', ''], '--host must be'],
    [['serve', '--cert', thisFile, '--key', thisFile], 'holds no PEM block "BEGIN CERTIFICATE"'],
    [['serve', '/no/such/folder'], '/no/such/folder does not exist'],
    [['serve', thisFile], 'is not a directory'],
    [['serve', '--port', '99999'], '0 to 65535'],
    [['serve', '--port', '1x'], '0 to 65535'],
    [['serve', '--cert', 'x'], 'belong together'],
    [['serve', '/no/such/folder'], "can't be served"],
    [['serve', 'a', 'b'], 'one directory'],
    [['serve', '--retry', 'sometimes'], 'auto, always or never'],
    [['demo', '--port', '-1'], '--port'],
  ] as const) {
    const { code, out, err } = await run(...args)
    assert.is(code, 2, args.join(' '))
    assert.ok(err.includes(hint), err)
    assert.match(err, '--help')
    assert.is(out, '')
  }
})

test.run()
