/**
 * Counts the bytes that JavaScript copies in a process, by the folder of `src` that asks for it. To be
 * imported before everything else; workers inherit it from their master. What the kernel copies
 * (two times through a pipe) and what encryption writes anew are not among them.
 */

export interface CopiedBytes {
  /** By folder: `vfd`, `api`, `h3`, `quic` …; `other` is whatever was called from none of them. */
  [folder: string]: number
}

let copied: CopiedBytes = {}

const add = (bytes: number): void => {
  if (bytes === 0) return
  const folder = /\/src\/(\w+)\//.exec(new Error().stack ?? '')?.[1] ?? 'other'
  copied[folder] = (copied[folder] ?? 0) + bytes
}

/** What was copied since the last time. */
export const takeCopied = (): CopiedBytes => {
  const taken = copied
  copied = {}
  return taken
}

type Method = (this: Uint8Array, ...args: unknown[]) => unknown

/** Puts a counter before a method; `size` has its arguments and its result. */
const count = (
  owner: object,
  name: string,
  size: (args: readonly unknown[], result: unknown, self: Uint8Array) => number,
): void => {
  const methods = owner as Record<string, Method>
  const original = methods[name]!
  methods[name] = function counted(this: Uint8Array, ...args: unknown[]): unknown {
    const result = original.apply(this, args)
    add(size(args, result, this))
    return result
  }
}

const lengthOf = (value: unknown): number => (value instanceof Uint8Array ? value.length : 0)

const install = (): void => {
  const { prototype } = Uint8Array
  // Results are counted where they are new memory; `subarray` and `Buffer.from(arrayBuffer)` are not.
  count(prototype, 'set', ([source]) => lengthOf(source))
  count(prototype, 'slice', (_args, result) => lengthOf(result))
  count(
    prototype,
    'copyWithin',
    ([, start, end], _result, self) => Number(end ?? self.length) - Number(start),
  )
  count(Buffer.prototype, 'copy', (_args, result) => Number(result))
  count(Buffer.prototype, 'write', (_args, result) => Number(result))
  count(Buffer, 'concat', (_args, result) => lengthOf(result))
  count(Buffer, 'from', ([source], result) =>
    source instanceof ArrayBuffer || source instanceof SharedArrayBuffer ? 0 : lengthOf(result),
  )
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, args: unknown[], newTarget) {
      add(lengthOf(args[0]))
      return Reflect.construct(target, args, newTarget) as object
    },
  })
}

install()
