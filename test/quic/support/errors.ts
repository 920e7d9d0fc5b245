import * as assert from 'uvu/assert'
import { TransportError } from '../../../src/quic/index.ts'

/** Asserts that `run` throws a TransportError of that code. */
export function throwsCode(run: () => unknown, code: number, message?: string): void {
  assert.throws(
    run,
    (error: unknown) => error instanceof TransportError && error.code === code,
    message,
  )
}
