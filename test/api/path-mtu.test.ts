import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('api/path-mtu')

const IN_NAMESPACE = ['--net', '--map-root-user']
const script = new URL('path-mtu-transfer.ts', import.meta.url).pathname

/** The client's largest datagram after 2 MB each way over each of these MTUs, one after the other. */
function sizesOver(...mtus: number[]): number[] {
  const node = [process.execPath, '--import', 'tsx', script, ...mtus.map(String)]
  const { status, stdout, stderr } = spawnSync('unshare', [...IN_NAMESPACE, ...node], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.is(status, 0, stderr)
  return stdout.trim().split('\n').map(Number)
}

function missing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (Number(process.versions.node.split('.')[0]) < 26) return 'node:ffi comes with Node 26'
  const { status } = spawnSync('unshare', [...IN_NAMESPACE, 'ip', 'link', 'set', 'lo', 'up'])
  return status === 0 ? undefined : 'no network namespace may be made here'
}

const reason = missing()
if (reason !== undefined) console.log(`skipped: ${reason}`)
else {
  test('over an Ethernet, datagrams become as large as its packets, and no larger', () => {
    const [size] = sizesOver(1500)
    assert.ok(size! >= 1452 && size! <= 1472, `${size}`)
  })

  test('over a path that carries nothing larger, datagrams stay as they are', () => {
    assert.equal(sizesOver(1228), [1200])
  })

  test('over large packets, datagrams become as large as we ever send', () => {
    const [, size] = sizesOver(65_536, 65_536)
    assert.ok(size! >= 8952 && size! <= 9000, `${size}`)
  })

  test('a path that suddenly carries less is survived, with datagrams that it carries', () => {
    assert.equal(sizesOver(1500, 1300).at(-1), 1200)
  })
}

test.run()
