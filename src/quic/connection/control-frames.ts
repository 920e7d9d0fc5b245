import type { Writer } from '../../bytes/index.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import { writeHandshakeDone, writeNewConnectionId, writeRetireConnectionId } from '../wire/index.ts'
import type { LocalConnectionIds } from './local-connection-ids.ts'
import type { RemoteConnectionIds } from './remote-connection-ids.ts'

/** The longest frame that is written here: NEW_CONNECTION_ID. */
const MAX_FRAME = 1 + 8 + 8 + 1 + 20 + 16

/** The frames of the connection itself that wait to be sent in a 1-RTT packet. */
export class ControlFrames {
  handshakeDonePending = false
  private readonly localIds: LocalConnectionIds
  private readonly remoteIds: RemoteConnectionIds

  constructor(localIds: LocalConnectionIds, remoteIds: RemoteConnectionIds) {
    this.localIds = localIds
    this.remoteIds = remoteIds
  }

  get hasPending(): boolean {
    return (
      this.handshakeDonePending ||
      this.localIds.pending.length > 0 ||
      this.remoteIds.pendingRetirements.length > 0
    )
  }

  write(writer: Writer, packet: SentPacket): void {
    if (this.handshakeDonePending && writer.remaining >= MAX_FRAME) {
      this.handshakeDonePending = false
      writeHandshakeDone(writer)
      packet.record(SentFrame.handshakeDone)
    }
    while (this.remoteIds.pendingRetirements.length > 0 && writer.remaining >= MAX_FRAME) {
      const sequence = this.remoteIds.takeRetirement()!
      writeRetireConnectionId(writer, sequence)
      packet.record(SentFrame.retireConnectionId, sequence)
    }
    while (this.localIds.pending.length > 0 && writer.remaining >= MAX_FRAME) {
      const sequence = this.localIds.takePending()!
      const id = this.localIds.get(sequence)
      if (id === undefined) continue // retired before it was told again
      this.localIds.onTold(sequence)
      writeNewConnectionId(writer, sequence, 0, id, this.localIds.resetToken(id))
      packet.record(SentFrame.newConnectionId, sequence)
    }
  }

  onAcked(kind: number, sequence: number): void {
    if (kind === SentFrame.retireConnectionId) this.remoteIds.onRetirementAcked(sequence)
  }

  onLost(kind: number, sequence: number): void {
    if (kind === SentFrame.handshakeDone) this.handshakeDonePending = true
    else if (kind === SentFrame.newConnectionId) this.localIds.onLost(sequence)
    else if (kind === SentFrame.retireConnectionId) this.remoteIds.onRetirementLost(sequence)
  }
}
