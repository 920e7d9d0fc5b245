import { TokenBucket } from '../bytes/index.ts'
import { connectionError, H3ErrorCode } from './errors.ts'
import { GLITCH_BURST, GLITCHES_PER_SECOND, RESET_BURST, RESETS_PER_SECOND } from './limits.ts'

/** Counts what is legal one by one and an attack in thousands; over the limit H3_EXCESSIVE_LOAD. */
export class LoadGuard {
  /** Milliseconds, set by the connection before anything is counted. */
  now = 0
  private glitches: TokenBucket | undefined = undefined
  private resets: TokenBucket | undefined = undefined

  /** Something useless came. */
  glitch(): void {
    this.glitches ??= new TokenBucket(GLITCH_BURST, GLITCHES_PER_SECOND, this.now)
    if (!this.glitches.take(1, this.now))
      throw connectionError(H3ErrorCode.excessiveLoad, 'too much that has no use')
  }

  /** The peer made a request and cancelled it, or made us cancel it. */
  cancelledRequest(): void {
    this.resets ??= new TokenBucket(RESET_BURST, RESETS_PER_SECOND, this.now)
    if (!this.resets.take(1, this.now))
      throw connectionError(H3ErrorCode.excessiveLoad, 'too many cancelled requests')
  }
}
