import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer } from '../../../src/bytes/index.ts'
import { ControlFrames } from '../../../src/quic/connection/control-frames.ts'
import { LocalConnectionIds } from '../../../src/quic/connection/local-connection-ids.ts'
import { RemoteConnectionIds } from '../../../src/quic/connection/remote-connection-ids.ts'
import { SentFrame, SentPacket } from '../../../src/quic/recovery/sent-packets.ts'

const test = suite('quic/connection/control-frames')

function create() {
  let made = 0
  const local = new LocalConnectionIds({
    create: () => new Uint8Array(8).fill(++made),
    resetToken: () => new Uint8Array(16),
    add: () => {},
    remove: () => {},
  })
  local.onPeerLimit(3)
  const remote = new RemoteConnectionIds(new Uint8Array(8).fill(200), { onResetToken: () => {} })
  return { local, remote, control: new ControlFrames(local, remote) }
}

/** One packet: kinds and sequence numbers of its frames. */
function write(control: ControlFrames, room = 1000): [number, number][] {
  const packet = new SentPacket()
  control.write(new Writer(new Uint8Array(room)), packet)
  return Array.from({ length: packet.frameCount }, (_, i) => [
    packet.frame(i, 0),
    packet.frame(i, 1),
  ])
}

test('each frame goes out once', () => {
  const { control, local, remote } = create()
  assert.is(control.hasPending, false)
  control.handshakeDonePending = true
  local.issue()
  remote.onNewConnectionId(1, 1, new Uint8Array(8).fill(201), new Uint8Array(16))
  assert.is(control.hasPending, true)
  assert.equal(write(control), [
    [SentFrame.handshakeDone, 0],
    [SentFrame.retireConnectionId, 0],
    [SentFrame.newConnectionId, 1],
    [SentFrame.newConnectionId, 2],
  ])
  assert.is(control.hasPending, false)
})

test('what does not fit waits for the next packet', () => {
  const { control, local } = create()
  local.issue()
  assert.equal(write(control, 20), [])
  assert.equal(write(control, 70), [[SentFrame.newConnectionId, 1]])
  assert.equal(write(control, 70), [[SentFrame.newConnectionId, 2]])
})

test('what was lost goes out again, once for all losses', () => {
  const { control, local, remote } = create()
  control.handshakeDonePending = true
  local.issue()
  remote.onNewConnectionId(1, 1, new Uint8Array(8).fill(201), new Uint8Array(16))
  const sent = write(control)
  for (const [kind, sequence] of [...sent, ...sent]) control.onLost(kind, sequence)
  assert.equal(write(control), sent)
})

test('a retirement that was acknowledged is not lost any more', () => {
  const { control, remote } = create()
  remote.onNewConnectionId(1, 1, new Uint8Array(8).fill(201), new Uint8Array(16))
  write(control)
  control.onAcked(SentFrame.retireConnectionId, 0)
  control.onLost(SentFrame.retireConnectionId, 0)
  assert.is(control.hasPending, false)
})

test.run()
