import type { Writer } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_CRYPTO_BUFFER } from '../limits.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import { ReceiveBuffer } from '../streams/receive-buffer.ts'
import { SendBuffer } from '../streams/send-buffer.ts'
import { cryptoHeaderLength, writeCryptoHeader } from '../wire/index.ts'

/** The CRYPTO bytes of one packet number space, both directions (RFC 9000 §7.5). */
export class CryptoStream {
  /** Both are made when there is something for them: in 1-RTT packets there mostly is nothing. */
  private outgoing: SendBuffer | undefined = undefined
  private input: ReceiveBuffer | undefined = undefined
  /** Bytes that may be held ahead of what was read. */
  maxBuffered = MAX_CRYPTO_BUFFER

  /** Throws CRYPTO_BUFFER_EXCEEDED. */
  receive(offset: number, bytes: Uint8Array): void {
    this.input ??= new ReceiveBuffer()
    const { input } = this
    if (offset + bytes.length > input.readOffset + this.maxBuffered) {
      throw new TransportError(TransportErrorCode.cryptoBufferExceeded, 'CRYPTO data too far ahead')
    }
    input.insert(offset, bytes)
    if (input.isScattered) {
      throw new TransportError(TransportErrorCode.cryptoBufferExceeded, 'too many gaps in CRYPTO')
    }
  }

  read(): Uint8Array | undefined {
    return this.input?.read()
  }

  get output(): SendBuffer {
    this.outgoing ??= new SendBuffer()
    return this.outgoing
  }

  get hasPending(): boolean {
    const { outgoing } = this
    return outgoing !== undefined && (outgoing.hasLost || outgoing.unsent > 0)
  }

  /** Writes CRYPTO frames while there is something to send and room. */
  writeFrames(writer: Writer, packet: SentPacket): void {
    while (this.hasPending) {
      const { output } = this
      const offset = output.nextOffset()
      const room = writer.remaining - cryptoHeaderLength(offset, 16_383)
      const length = output.nextLength(room)
      if (room <= 0 || length <= 0) return
      writeCryptoHeader(writer, offset, length)
      output.take(length, writer.bytes, writer.reserve(length))
      packet.record(SentFrame.crypto, offset, length)
    }
  }
}
