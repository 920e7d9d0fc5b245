import { DescriptorPair } from './descriptor-pair.ts'
import type { MadePairs, OwnedPair, PairMaker } from './pair-maker.ts'
import type { VfdKind } from './source.ts'

/** The two calls that a maker needs, however they are reached. */
export interface PairCalls {
  /**
   * A socketpair, non-blocking and closed on exec, whose second end is at least `lowestPeer`. Throws
   * an error with the code of the system.
   */
  pair(lowestPeer: number): readonly [vfd: number, peer: number]
  close(fd: number): void
}

/** Makes pairs by calls of the system from our own process. */
export class SyscallMaker implements PairMaker {
  readonly kind: VfdKind
  private readonly calls: PairCalls
  private readonly lowestPeer: number
  private readonly closeFd: (fd: number) => void

  /** @param lowestPeer internal ends are moved up to here, so that the vfds are dense below it */
  constructor(kind: VfdKind, calls: PairCalls, lowestPeer: number) {
    this.kind = kind
    this.calls = calls
    this.lowestPeer = lowestPeer
    this.closeFd = (fd) => calls.close(fd)
  }

  makeNow(): OwnedPair {
    const [vfd, peer] = this.calls.pair(this.lowestPeer)
    return new DescriptorPair(this.kind, vfd, peer, this.closeFd)
  }

  async make(count: number): Promise<MadePairs> {
    const pairs: OwnedPair[] = []
    try {
      while (pairs.length < count) pairs.push(this.makeNow())
    } catch (error) {
      return { pairs, failure: error as Error }
    }
    return { pairs, failure: undefined }
  }

  async close(): Promise<void> {}
}
