import { Address, assembleGcm, BLOCK, MAX_TEXT } from './program.ts'

/** What is used here of a global that TypeScript knows from browsers alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

interface Functions {
  begin(textLength: number): void
  seal(aadLength: number, textLength: number): void
  open(aadLength: number, textLength: number): 0 | 1
  hashBlocks(begin: number, end: number): void
}

/** The program of `program.ts`, ready to run. One serves all keys: it works on one packet at a time. */
export class GcmProgram {
  readonly memory: Uint8Array<ArrayBuffer>
  readonly run: Functions
  /** Those in its memory. */
  private tables: Uint8Array | undefined = undefined
  /** A view for each number of counter blocks. */
  private readonly counterViews: Uint8Array[] = []

  /** Throws where there is no WebAssembly with vectors (`node --jitless`). */
  constructor() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembleGcm()))
    const { memory, ...functions } = exports as Functions & {
      readonly memory: { readonly buffer: ArrayBuffer }
    }
    this.memory = new Uint8Array(memory.buffer)
    this.run = functions
    const counters = new DataView(memory.buffer, Address.counters)
    for (let block = 0; block <= MAX_TEXT / BLOCK; block++)
      counters.setUint32(block * BLOCK + 12, block + 1)
  }

  /** The first `blocks` counter blocks: that of the tag and those of the text. */
  counters(blocks: number): Uint8Array {
    const { counters } = Address
    this.counterViews[blocks] ??= this.memory.subarray(counters, counters + BLOCK * blocks)
    return this.counterViews[blocks]
  }

  /** @param tables of H and H², which do not change any more */
  useTables(tables: Uint8Array): void {
    if (this.tables === tables) return
    this.memory.set(tables, Address.tables)
    this.tables = tables
  }
}

class GcmProgramLoader {
  private program: GcmProgram | undefined = undefined
  private isMissing = false

  /** Made when it is first asked for; undefined where it can't be. */
  get(): GcmProgram | undefined {
    if (this.program === undefined && !this.isMissing) {
      try {
        this.program = new GcmProgram()
      } catch {
        this.isMissing = true
      }
    }
    return this.program
  }
}

export const gcmPrograms = new GcmProgramLoader()
