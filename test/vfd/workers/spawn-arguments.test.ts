import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inheritedOptions, workerCommand } from '../../../src/vfd/workers/spawn-arguments.ts'

const test = suite('workers/spawn-arguments')

test('a worker has the loaders and flags of its master', () => {
  const options = ['--import', 'tsx', '--max-old-space-size=100', '--require', './x.cjs']
  assert.equal(inheritedOptions(options), options)
})

test("options that are the master's own are left out", () => {
  const options = [
    '--inspect=9229',
    '--inspect-brk',
    '--test',
    '--watch',
    '-e',
    'code()',
    '--eval',
    'code()',
  ]
  assert.equal(inheritedOptions([...options, '--import', 'tsx']), ['--import', 'tsx'])
})

test('the entry of a worker is a file, run by this Node', () => {
  const [command, args] = workerCommand()
  assert.is(command, process.execPath)
  assert.ok(existsSync(args.at(-1)!))
})

test.run()
