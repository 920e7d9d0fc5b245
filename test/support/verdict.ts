/** What one test file came to. */
export interface Verdict {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the file counts as failed; undefined when all is well. */
  readonly problem: string | undefined
  /** The `skipped: …` lines that the file printed. */
  readonly notes: readonly string[]
  readonly output: string
  readonly seconds: number
}

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

const lastCount = (text: string, label: string): number | undefined => {
  const matches = [...text.matchAll(new RegExp(`^  ${label}:\\s+(\\d+)\\s*$`, 'gm'))]
  const digits = matches.at(-1)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const findProblem = (
  total: number | undefined,
  failed: number,
  skipped: number,
  code: number | null,
  timedOut: boolean,
): string | undefined => {
  if (timedOut) return 'did not end in time'
  if (total === undefined) return `printed no totals (exit code ${code})`
  if (failed > 0) return `${failed} of ${total} failed`
  if (code !== 0) return `exit code ${code}`
  if (total === 0 && skipped === 0) return 'ran no test'
  return undefined
}

/**
 * Reads a test file's output (the totals that uvu prints at its end) and exit code. A file with a
 * problem that no count shows, such as a crash, counts as one failure.
 */
export const judge = (
  file: string,
  output: string,
  code: number | null,
  timedOut: boolean,
  seconds: number,
): Verdict => {
  const text = output.replace(colour, '')
  const total = lastCount(text, 'Total')
  const passed = lastCount(text, 'Passed') ?? 0
  const notes = [...text.matchAll(/^skipped: .*$/gm)].map((match) => match[0])
  // Some are never given to uvu: a file says what it leaves out, a line each.
  const skipped = Math.max(lastCount(text, 'Skipped') ?? 0, notes.length)
  const counted = total === undefined ? 0 : total - passed
  const problem = findProblem(total, counted, skipped, code, timedOut)
  const failed = problem === undefined ? 0 : Math.max(counted, 1)
  return { file, passed, failed, skipped, problem, notes, output: text, seconds }
}
