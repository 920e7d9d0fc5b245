import type { VfdSource } from '../source/source.ts'
import type { ConnectionDirectory, DirectoryScheme } from '../table/directory.ts'
import { SessionDirectory } from '../table/session-directory.ts'
import { SharedDirectory } from '../table/shared-directory.ts'
import { SocketpairDirectory } from '../table/socketpair-directory.ts'

/** The directory of a scheme. Only `socketpair` takes a descriptor for every connection. */
export function createDirectory<T>(
  scheme: DirectoryScheme,
  source: VfdSource,
  maxConnections: number,
): ConnectionDirectory<T> {
  switch (scheme) {
    case 'socketpair':
      return new SocketpairDirectory({ source, maxConnections })
    case 'shared':
      // One number for all; it stays taken.
      return new SharedDirectory({ sharedFd: source.acquire()?.vfd ?? -1, maxConnections })
    case 'session':
      return new SessionDirectory({ maxConnections })
  }
}
