import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { TopSocketError } from './top-socket-error.ts'

const WRITABLE_BY_OTHERS = 0o022

/** Where sockets by process id are: a folder of the user's own. */
export function topFolder(): string {
  return join(tmpdir(), `tsquic-${userInfo().uid}`)
}

/** Throws a `TopSocketError`, or Node's error, where the folder cannot be made or not be trusted. */
export function makeTopFolder(folder = topFolder()): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  checkTopFolder(folder)
}

/**
 * Throws a `TopSocketError` unless the folder, if there is one, belongs to the user and nobody else may
 * write to it. Its name is known to all who share the directory for temporary files: whoever made it
 * first could answer for the servers in it.
 */
export function checkTopFolder(folder = topFolder(), uid = userInfo().uid): void {
  const there = lstatSync(folder, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isDirectory()) {
    const what = there.isSymbolicLink() ? 'is a symbolic link' : 'exists'
    throw new TopSocketError('ENOTDIR', folder, `${folder} ${what} and is no folder`)
  }
  // Windows has neither.
  if (uid === -1) return
  if (there.uid !== uid) {
    const message = `the folder ${folder} belongs to another user (uid ${there.uid}, not ${uid})`
    throw new TopSocketError('EPERM', folder, message)
  }
  if ((there.mode & WRITABLE_BY_OTHERS) !== 0) {
    const mode = (there.mode & 0o7777).toString(8)
    const message = `others may write to the folder ${folder} (mode ${mode}): remove it, or chmod it to 700`
    throw new TopSocketError('EPERM', folder, message)
  }
}
