import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkTopFolder, makeTopFolder, topFolder } from '../../../src/vfd/server/top-folder.ts'
import { TopSocketError } from '../../../src/vfd/server/top-socket-error.ts'
import { ask } from '../../support/http3.ts'
import { withVfdServer } from './support.ts'

const test = suite<{ parent: string; folder: string }>('vfd/server/top-folder')

test.before.each((context) => {
  context.parent = mkdtempSync(join(tmpdir(), 'tsquic-'))
  context.folder = join(context.parent, `tsquic-${userInfo().uid}`)
})

test.after.each(({ parent }) => rmSync(parent, { recursive: true }))

const failureOf = (action: () => void): TopSocketError => {
  try {
    action()
  } catch (error) {
    assert.instance(error, TopSocketError)
    return error as TopSocketError
  }
  throw new Error('It was taken')
}

/** The folder of the user's own is in the directory for temporary files. */
const withTemporaryFiles = async (folder: string, action: () => Promise<void>): Promise<void> => {
  const { TMPDIR } = process.env
  process.env['TMPDIR'] = folder
  try {
    await action()
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  }
}

test('it is made for the user alone, and used again', ({ folder }) => {
  for (let i = 0; i < 2; i++) {
    makeTopFolder(folder)
    assert.is(lstatSync(folder).mode & 0o777, 0o700)
  }
})

test('others may look into it, but not write to it', ({ folder }) => {
  mkdirSync(folder)
  for (const mode of [0o700, 0o755, 0o711]) {
    chmodSync(folder, mode)
    makeTopFolder(folder)
  }
  for (const mode of [0o770, 0o702, 0o1777]) {
    chmodSync(folder, mode)
    const { code, path, message } = failureOf(() => makeTopFolder(folder))
    assert.equal([code, path], ['EPERM', folder])
    assert.match(message, `others may write to the folder ${folder} (mode ${mode.toString(8)})`)
  }
})

test('one of another user is not used', ({ folder }) => {
  const { uid } = userInfo()
  makeTopFolder(folder)
  const { code, message } = failureOf(() => checkTopFolder(folder, uid + 1))
  assert.is(code, 'EPERM')
  assert.match(message, `belongs to another user (uid ${uid}, not ${uid + 1})`)
})

test('a link and a file in its place are not used, wherever the link leads', ({
  parent,
  folder,
}) => {
  const own = join(parent, 'own')
  mkdirSync(own, { mode: 0o700 })
  for (const target of [own, join(parent, 'nowhere')]) {
    symlinkSync(target, folder)
    const { code, message } = failureOf(() => makeTopFolder(folder))
    assert.is(code, 'ENOTDIR')
    assert.match(message, 'is a symbolic link')
    rmSync(folder)
  }
  writeFileSync(folder, '')
  assert.is(failureOf(() => makeTopFolder(folder)).code, 'ENOTDIR')
})

test('no folder is nothing to complain of for who only looks', ({ folder }) => {
  checkTopFolder(folder)
})

test('a server whose folder cannot be trusted warns once and serves without a socket', ({
  parent,
  folder,
}) =>
  withTemporaryFiles(parent, async () => {
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    const warnings: string[] = []
    await withVfdServer(
      { topSocket: true },
      async ({ server, connect }) => {
        assert.is(server.topSocket, undefined)
        const session = connect()
        assert.is((await ask(session)).headers[':status'], 404)
        session.destroy()
      },
      (server) => server.on('warning', (message) => warnings.push(message)),
    )
    assert.is(warnings.length, 1)
    assert.match(warnings[0]!, 'no socket for `tsquic top`: others may write to the folder')
  }))

test('a server whose folder can be trusted says where its socket is', ({ parent, folder }) =>
  withTemporaryFiles(parent, async () => {
    assert.is(topFolder(), folder)
    await withVfdServer({ topSocket: true }, async ({ server }) => {
      assert.is(server.topSocket, join(folder, `${process.pid}.sock`))
      assert.ok(lstatSync(server.topSocket!).isSocket())
    })
  }))

test.run()
