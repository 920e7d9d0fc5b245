import { varintLength, writeVarint } from '../bytes/index.ts'
import type { StreamTransport } from '../quic/index.ts'
import { MAX_HELD_INSTRUCTIONS } from './limits.ts'

/**
 * One of our own unidirectional streams that live as long as the connection: control, QPACK encoder,
 * QPACK decoder. Takes bytes before the peer lets us open it, and holds them back while the transport
 * has no room, so that a peer which gives no credit can't make us queue without end.
 */
export class LocalStream {
  /** -1 until it is open. */
  id = -1
  private readonly transport: StreamTransport
  private readonly type: number
  private readonly patient: boolean
  private held: Uint8Array[] | undefined = undefined
  private heldBytes = 0
  private room = false

  /** @param patient as `StreamTransport.setPatient` */
  constructor(transport: StreamTransport, type: number, patient = false) {
    this.transport = transport
    this.type = type
    this.patient = patient
  }

  /** False while the peer's MAX_STREAMS does not let us. */
  open(): boolean {
    if (this.id !== -1) return true
    const id = this.transport.openStream('uni')
    if (id === undefined) return false
    this.id = id
    if (this.patient) this.transport.setPatient(id)
    const header = new Uint8Array(varintLength(this.type))
    writeVarint(header, 0, this.type)
    this.room = this.transport.write(id, header, false)
    if (this.room) this.onWritable()
    return true
  }

  /** Whether what is written now goes out without being held back. */
  get hasRoom(): boolean {
    return this.room
  }

  /** Whether the peer makes us hold back more than it may: reason enough to end the connection. */
  get isOverfull(): boolean {
    return this.heldBytes > MAX_HELD_INSTRUCTIONS
  }

  write(bytes: Uint8Array): void {
    if (this.room) {
      this.room = this.transport.write(this.id, bytes, false)
      return
    }
    this.heldBytes += bytes.length
    this.held ??= []
    this.held.push(bytes)
  }

  onWritable(): void {
    this.room = true
    const { held } = this
    if (held === undefined) return
    this.held = undefined
    this.heldBytes = 0
    for (const bytes of held) this.write(bytes)
  }
}
