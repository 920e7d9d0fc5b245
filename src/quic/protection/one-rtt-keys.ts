import type { CipherSuite, CryptoProvider } from '../../tls13/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { decodePacketNumber, type PacketHeader } from '../wire/index.ts'
import { type AeadLimits, aeadLimits } from './aead-limits.ts'
import { KeyUpdates } from './key-updates.ts'
import { PacketHeaderProtection } from './packet-header-protection.ts'
import { PayloadProtection, TAG_LENGTH } from './payload-protection.ts'

/** Packets left for CONNECTION_CLOSE when the confidentiality limit ends a connection. */
const RESERVED_FOR_CLOSE = 16

/**
 * The keys of 1-RTT packets and their updates (RFC 9001 §6). The next read keys are always there
 * beforehand, so that a forged key phase costs what a true one does (§6.3).
 *
 * Half-way to the confidentiality limit the keys are updated by themselves, at an acknowledgment.
 */
export class OneRttKeys {
  /** The key phase of what is sealed now: it goes into the short header. */
  writePhase = false
  /** Updates that the peer began. */
  followedCount = 0
  private readonly readHeader: PacketHeaderProtection
  private readonly writeHeader: PacketHeaderProtection
  private readonly limits: AeadLimits
  private readonly updates: KeyUpdates
  private previousRead: PayloadProtection | undefined = undefined
  private read: PayloadProtection
  private nextRead: PayloadProtection
  private write: PayloadProtection
  private confirmed = false
  /** Packets sealed in this phase, and the first of them; -1 before. */
  private sealedCount = 0
  private firstSealed = -1
  private acknowledgedInPhase = false
  /** The packet numbers opened in this phase; Infinity and -1 before the first. */
  private lowestOpened = Number.POSITIVE_INFINITY
  private highestOpened = -1
  /** The highest one opened in the phases before. */
  private highestOpenedBefore = -1
  private updateCount = 0
  private failedCount = 0
  private exhausted = false
  private dropPreviousAt: number | undefined = undefined

  /** @param limits other ones are for tests */
  constructor(
    crypto: CryptoProvider,
    suite: CipherSuite,
    readSecret: Uint8Array,
    writeSecret: Uint8Array,
    version: number,
    limits: AeadLimits = aeadLimits(suite.aead),
  ) {
    this.readHeader = new PacketHeaderProtection(crypto, suite, readSecret, version)
    this.writeHeader = new PacketHeaderProtection(crypto, suite, writeSecret, version)
    this.limits = limits
    this.updates = new KeyUpdates(crypto, suite, readSecret, writeSecret, version)
    this.read = new PayloadProtection(crypto, suite, readSecret, version)
    this.nextRead = this.updates.nextRead()
    this.write = new PayloadProtection(crypto, suite, writeSecret, version)
  }

  /**
   * As `PacketKeys.seal`. The header has been written with `writePhase`. Throws AEAD_LIMIT_REACHED,
   * once, when the keys are used up and could not be updated: what is left is for CONNECTION_CLOSE.
   */
  seal(
    buffer: Uint8Array,
    start: number,
    packetNumberOffset: number,
    packetNumberLength: number,
    payloadEnd: number,
    packetNumber: number,
  ): number {
    this.countSealed()
    if (this.firstSealed === -1) this.firstSealed = packetNumber
    const payloadStart = packetNumberOffset + packetNumberLength
    this.write.seal(buffer, start, payloadStart, payloadEnd, packetNumber)
    this.writeHeader.apply(buffer, start, packetNumberOffset, packetNumberLength)
    return payloadEnd + TAG_LENGTH
  }

  /** RFC 9001 §6.6: the connection closes before it has no packets left to say so. */
  private countSealed(): void {
    const left = this.limits.confidentiality - this.sealedCount
    if (left <= 0 || (left <= RESERVED_FOR_CLOSE && !this.exhausted)) {
      this.exhausted = true
      throw new TransportError(TransportErrorCode.aeadLimitReached, 'the keys are used up')
    }
    this.sealedCount++
  }

  /**
   * Unmasks the header, fills in the full packet number and opens the packet with the keys of its
   * phase; undefined when it is not authentic. The first packet of the next phase updates the keys of
   * both directions. Once for a packet.
   *
   * Throws KEY_UPDATE_ERROR when the peer breaks the order of keys, AEAD_LIMIT_REACHED when more
   * packets have failed than the AEAD stands.
   *
   * @param largestReceived of the packet number space; -1 for none
   * @param pto the current one, in milliseconds: old keys are kept three times as long
   */
  open(
    datagram: Uint8Array,
    header: PacketHeader,
    largestReceived: number,
    now: number,
    pto: number,
  ): Uint8Array | undefined {
    if (!this.readHeader.remove(datagram, header)) return undefined
    header.packetNumber = decodePacketNumber(
      largestReceived,
      header.packetNumber,
      header.packetNumberLength,
    )
    const keys = this.select(header)
    const payload = keys.open(datagram, header)
    if (payload === undefined) this.countFailed()
    else this.noteOpened(keys, header.packetNumber, now, pto)
    return payload
  }

  /**
   * RFC 9001 §6.5. With the phase bit flipped, a number below all of this phase is old, and so is
   * everything as long as the peer has not followed our own update.
   */
  private select(header: PacketHeader): PayloadProtection {
    if (header.keyPhase === this.writePhase) return this.read
    if (this.previousRead !== undefined && header.packetNumber < this.lowestOpened)
      return this.previousRead
    return this.nextRead
  }

  private countFailed(): void {
    if (++this.failedCount > this.limits.integrity)
      throw new TransportError(TransportErrorCode.aeadLimitReached, 'too many forged packets')
  }

  private noteOpened(
    keys: PayloadProtection,
    packetNumber: number,
    now: number,
    pto: number,
  ): void {
    if (keys === this.nextRead) this.followUpdate()
    if (keys !== this.read) {
      this.highestOpenedBefore = Math.max(this.highestOpenedBefore, packetNumber)
      return
    }
    // RFC 9001 §6.4: newer keys never come with lower packet numbers.
    if (packetNumber < this.highestOpenedBefore)
      throw new TransportError(TransportErrorCode.keyUpdateError, 'newer keys for an older packet')
    if (this.previousRead !== undefined && this.dropPreviousAt === undefined)
      this.dropPreviousAt = now + 3 * pto
    this.lowestOpened = Math.min(this.lowestOpened, packetNumber)
    this.highestOpened = Math.max(this.highestOpened, packetNumber)
  }

  /**
   * RFC 9001 §6.2: the peer has updated its keys, and we do too. A client takes it before its handshake
   * is confirmed: HANDSHAKE_DONE may have been lost.
   */
  private followUpdate(): void {
    // As long as nothing was sent in this phase, no acknowledgment can have permitted the next.
    if (this.updateCount > 0 && this.sealedCount === 0)
      throw new TransportError(TransportErrorCode.keyUpdateError, 'two key updates at once')
    this.followedCount++
    this.rotate()
  }

  /** RFC 9001 §4.1.2: from now on we may update. */
  onHandshakeConfirmed(): void {
    this.confirmed = true
  }

  /** To be called with the largest packet number that the peer has acknowledged in this space. */
  onAcked(largestAcked: number): void {
    if (this.firstSealed === -1 || largestAcked < this.firstSealed) return
    this.acknowledgedInPhase = true
    const due = this.sealedCount >= this.limits.confidentiality / 2
    if (due && this.confirmed && this.previousRead === undefined) this.rotate()
  }

  /**
   * Whether `initiateUpdate` may be called (RFC 9001 §6.1, §6.5): the handshake is confirmed, a packet
   * of this phase acknowledged, and three PTO have passed since the peer followed the last update.
   */
  canUpdate(now: number): boolean {
    if (!this.confirmed || !this.acknowledgedInPhase) return false
    if (this.previousRead === undefined) return true
    return this.dropPreviousAt !== undefined && now >= this.dropPreviousAt
  }

  /** Only when `canUpdate`. All that is sealed from now on is of the next phase. */
  initiateUpdate(): void {
    this.rotate()
  }

  private rotate(): void {
    this.previousRead = this.read
    this.read = this.nextRead
    this.nextRead = this.updates.nextRead()
    this.write = this.updates.nextWrite()
    this.writePhase = !this.writePhase
    this.sealedCount = 0
    this.firstSealed = -1
    this.acknowledgedInPhase = false
    this.exhausted = false
    this.highestOpenedBefore = Math.max(this.highestOpenedBefore, this.highestOpened)
    this.lowestOpened = Number.POSITIVE_INFINITY
    this.highestOpened = -1
    this.dropPreviousAt = undefined
    this.updateCount++
  }

  /** When the old read keys are to be dropped. */
  nextTimeout(): number | undefined {
    return this.dropPreviousAt
  }

  /** RFC 9001 §6.5: old keys are kept for three PTO after the first packet under the new ones. */
  onTimeout(now: number): void {
    if (this.dropPreviousAt === undefined || now < this.dropPreviousAt) return
    this.previousRead = undefined
    this.dropPreviousAt = undefined
  }
}
