import type { RandomBytes } from '../../tls13/index.ts'
import type { DatagramMeta } from '../datagram.ts'
import { MAX_PATHS } from '../limits.ts'
import type { SourcePorts } from '../source-ports.ts'
import { Path } from './path.ts'

const CHALLENGE_LENGTH = 8

/**
 * The paths of one connection (RFC 9000 §9): the one in use, and on a server those that a client is
 * trying or has left. A client of ours does not move, and hears its server from one address only.
 */
export class Paths {
  /** Where everything but probes goes. */
  active: Path
  /** Where the datagram being handled came from. */
  receiving: Path
  private readonly known: Path[]
  private readonly randomBytes: RandomBytes
  private readonly sourcePorts: SourcePorts

  constructor(first: Path, randomBytes: RandomBytes, sourcePorts: SourcePorts) {
    this.active = first
    this.receiving = first
    this.known = [first]
    this.randomBytes = randomBytes
    this.sourcePorts = sourcePorts
  }

  /**
   * Turns to the path of a datagram. A new one is not kept until a packet in it was authentic.
   * @param mayMigrate whether the peer may use other addresses now (RFC 9000 §9)
   * @returns false when the datagram is to be dropped
   */
  select(meta: DatagramMeta, mayMigrate: boolean, now: number): boolean {
    const { remote, local } = meta
    let path = this.active.isTo(remote) ? this.active : this.known.find((p) => p.isTo(remote))
    if (path === undefined) {
      if (!mayMigrate || !this.sourcePorts.admits(remote.port, now)) return false
      path = new Path(remote, local, false)
    }
    this.receiving = path
    return true
  }

  /**
   * An authentic packet came on `receiving`.
   * @param movesHere it is not a probe, and no later packet was seen before it (RFC 9000 §9.3)
   * @returns what the move was, if it was one: a port alone is mostly a NAT's doing
   */
  onPacket(movesHere: boolean): 'address' | 'port' | undefined {
    const { active, receiving } = this
    if (receiving === active) return undefined
    if (!this.known.includes(receiving)) this.keep(receiving)
    if (!movesHere) return undefined
    this.active = receiving
    // The old path too: what if somebody forwards the peer's packets from elsewhere (RFC 9000 §9.3.3)?
    this.validate(active)
    return active.remote.address === receiving.remote.address ? 'port' : 'address'
  }

  private keep(path: Path): void {
    if (this.known.length >= MAX_PATHS) {
      // One that is proven is what we go back to when those that came since lead nowhere.
      const left = this.known.filter((known) => known !== this.active)
      const oldest = left.find((known) => !known.validated) ?? left[0]!
      this.known.splice(this.known.indexOf(oldest), 1)
    }
    this.known.push(path)
    this.validate(path)
  }

  private validate(path: Path): void {
    path.startValidation(this.randomBytes(CHALLENGE_LENGTH).slice())
  }

  /** Data that was never ours to ask for is ignored (RFC 9000 §19.18). */
  onResponse(data: Uint8Array): boolean {
    return this.known.some((path) => path.onResponse(data))
  }

  /** A path on which a probe is due and allowed. */
  nextToProbe(minBudget: number): Path | undefined {
    return this.known.find((path) => path.wantsProbe && path.budget >= minBudget)
  }

  nextTimeout(): number | undefined {
    let earliest: number | undefined
    for (const { nextTimeout } of this.known) {
      if (nextTimeout !== undefined && (earliest === undefined || nextTimeout < earliest)) {
        earliest = nextTimeout
      }
    }
    return earliest
  }

  /** Goes back to the last valid path when the one in use has failed (RFC 9000 §9.3.2). */
  onTimeout(now: number): void {
    for (const path of this.known) path.onTimeout(now)
    if (!this.active.failed) return
    const valid = this.known.findLast((path) => path.validated && !path.failed)
    if (valid !== undefined) this.active = valid
  }
}
