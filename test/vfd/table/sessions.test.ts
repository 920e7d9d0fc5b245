import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CloseMachine,
  type ConnectionDirectory,
  createVfdSource,
  SessionDirectory,
  Sessions,
  SharedDirectory,
  SocketpairDirectory,
} from '../../../src/vfd/index.ts'
import { MAX_CLIENT_LIST } from '../../../src/vfd/limits.ts'
import { INIT } from '../support.ts'

const test = suite('vfd/table/sessions')

const emulated = await createVfdSource({ prefer: 'emulated', onWarning: () => {} })

const directories = (maxConnections: number): ConnectionDirectory<string>[] => [
  new SocketpairDirectory({ source: emulated, maxConnections, sessionSlots: 256 }),
  new SharedDirectory({ maxConnections, sharedFd: 17 }),
  new SessionDirectory({ maxConnections, sessionSlots: 256 }),
]

const each = (
  name: string,
  run: (directory: ConnectionDirectory<string>, sessions: Sessions<string>) => void,
): void => {
  for (const directory of directories(200))
    test(`${name} (${directory.scheme})`, () => run(directory, new Sessions(directory)))
}

const add = (directory: ConnectionDirectory<string>, ready = true, serverPort = 0): number => {
  const record = directory.add('connection', { ...INIT, serverPort }, 1_000)!
  record.ready = ready
  return record.sessionId
}

each(
  'every call refuses an id that is stale, though its number is in use again',
  (directory, sessions) => {
    const stale = add(directory)
    directory.remove(directory.find(stale)!)
    const fresh = add(directory)
    assert.is.not(fresh, stale)
    for (const id of [stale, fresh + 1, 0, -1, 0.5, Number.NaN]) {
      assert.is(sessions.exists(id), false)
      assert.is(sessions.getClientInfo(id), undefined)
      if (id !== 0) assert.is(sessions.getClientList(id), undefined)
      assert.is(sessions.bind(id, 5), false)
      assert.is(sessions.protect(id), false)
      assert.is(sessions.setPaused(id, true), false)
      assert.is(directory.find(id), undefined)
      assert.is(directory.verify(id), undefined)
    }
    const info = sessions.getClientInfo(fresh)!
    assert.equal([info.uid, info.paused, info.protected], [undefined, false, false])
  },
)

each('a session is not known before its handshake is confirmed', (directory, sessions) => {
  const id = add(directory, false)
  assert.is(sessions.exists(id), false)
  assert.is(sessions.getClientInfo(id), undefined)
  assert.equal([...sessions], [])
  assert.equal(sessions.getClientList(), [])
  assert.is(sessions.count, 1)
  directory.find(id)!.ready = true
  assert.is(sessions.exists(id), true)
  assert.equal([...sessions], [id])
})

each('a session that closes exists no more, but can still be looked at', (directory, sessions) => {
  const id = add(directory)
  new CloseMachine(directory, {
    notifies: true,
    notifyWorker: () => {},
    hasQueuedData: () => false,
    closeTransport: () => {},
  }).close(id)
  assert.is(sessions.exists(id), false)
  assert.equal([...sessions], [])
  assert.is(sessions.bind(id, 1), false)
  assert.is(sessions.getClientInfo(id)?.sessionId, id)
})

each(
  'a list goes on behind the id it is given, 10 by default, 100 at most',
  (directory, sessions) => {
    const ids = Array.from({ length: 150 }, () => add(directory))
    assert.equal(sessions.getClientList(), ids.slice(0, 10))
    assert.equal(sessions.getClientList(ids[9], 5), ids.slice(10, 15))
    assert.equal(sessions.getClientList(0, 1_000), ids.slice(0, MAX_CLIENT_LIST))
    assert.equal(sessions.getClientList(ids[149]), [])
    directory.remove(directory.find(ids[11]!)!)
    assert.equal(sessions.getClientList(ids[9], 3), [ids[10], ids[12], ids[13]])
    assert.equal([...sessions].length, 149)
  },
)

each('ids can be asked of one listening port', (directory, sessions) => {
  const ids = [0, 1, 0, 1].map((port) => add(directory, true, port))
  assert.equal([...sessions.ids(1)], [ids[1], ids[3]])
})

each('a session is bound to a user once, and never to 0', (directory, sessions) => {
  const id = add(directory)
  for (const uid of [0, -1, 1.5, 2 ** 32]) assert.throws(() => sessions.bind(id, uid), /uid/)
  assert.is(sessions.bind(id, 2 ** 32 - 1), true)
  assert.is(sessions.bind(id, 7), false)
  assert.is(sessions.getClientInfo(id)?.uid, 2 ** 32 - 1)
})

each(
  'the heartbeat names those from which nothing came, but not the protected',
  (directory, sessions) => {
    const ids = [add(directory), add(directory), add(directory), add(directory, false)]
    directory.find(ids[1]!)!.lastRecvTime = 1_500
    directory.find(ids[1]!)!.lastSendTime = 1_000
    directory.find(ids[0]!)!.lastSendTime = 2_000
    assert.is(sessions.protect(ids[2]!), true)
    assert.equal(sessions.heartbeat(1_999, 1_000), [])
    assert.equal(sessions.heartbeat(2_000, 1_000), [ids[0]])
    assert.is(sessions.protect(ids[2]!, false), true)
    assert.equal(sessions.heartbeat(2_000, 1_000), [ids[0], ids[2]])
    assert.equal(sessions.heartbeat(2_000, 0), [])
  },
)

each('information tells what the record holds', (directory, sessions) => {
  const id = add(directory, true, 2)
  const record = directory.find(id)!
  record.workerId = 0
  record.remotePort = 999
  sessions.setPaused(id, true)
  const info = sessions.getClientInfo(id)!
  assert.is(info.vfd, record.vfd)
  assert.is(info.workerId, 0)
  assert.is('uid' in info, false)
  assert.equal([info.remoteAddress, info.remotePort, info.serverPort], ['192.0.2.1', 999, 2])
  assert.equal([info.connectTime, info.lastRecvTime, info.lastSendTime], [1_000, 1_000, 0])
  assert.is(info.paused, true)
  sessions.setPaused(id, false)
  assert.is(sessions.getClientInfo(id)!.paused, false)
})

test.run()
