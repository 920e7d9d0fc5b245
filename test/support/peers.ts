/** Tests against other people's programs, which may be missing on a developer's machine. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Test } from 'uvu'

export type Peer = 'gtlsclient' | 'gtlsserver' | 'caddy' | 'chromium' | 'tshark' | 'openssl'

/** Debian puts servers where a user's PATH does not always look. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin']

/** The full path of a program; undefined if it is not installed. */
export const findPeer = (peer: Peer): string | undefined => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders]
  return folders.map((folder) => join(folder, peer)).find((path) => existsSync(path))
}

/** As {@link findPeer}, for use inside a {@link peerTest}. */
export const requirePeer = (peer: Peer): string => {
  const path = findPeer(peer)
  if (path === undefined) throw new Error(`${peer} is not installed`)
  return path
}

const noted = new Set<Peer>()

/**
 * A test that needs a peer. Without the peer it is skipped with a line that says so; with
 * REQUIRE_PEERS=1 (as in CI) it fails instead.
 */
export const peerTest = (
  test: Test,
  peers: Peer | readonly Peer[],
  name: string,
  body: () => Promise<void>,
): void => {
  const missing = (typeof peers === 'string' ? [peers] : peers).filter(
    (peer) => findPeer(peer) === undefined,
  )
  if (missing.length === 0) {
    test(name, body)
    return
  }
  if (process.env.REQUIRE_PEERS === '1') {
    test(name, () => {
      throw new Error(`${missing.join(', ')} not installed`)
    })
    return
  }
  test.skip(name, body)
  for (const peer of missing) {
    if (!noted.has(peer)) console.log(`skipped: ${peer} not installed`)
    noted.add(peer)
  }
}
