import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Bus, BusError, type BusHandler, frameTypes } from '../../../src/vfd/bus/index.ts'
import { Collector } from './support.ts'

const test = suite('bus/bus')

class End extends Collector implements BusHandler {
  broken: Error | undefined
  readonly ended: Promise<void>
  onTaken: (() => void) | undefined
  private resolve: () => void = () => {}

  constructor() {
    super()
    this.ended = new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  onBroken(error: Error): void {
    this.broken = error
  }

  onEnd(): void {
    this.resolve()
  }
}

let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsquic-bus-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

/** Two connected Unix sockets. */
const pair = async (): Promise<[Socket, Socket]> => {
  const path = join(folder, 'socket')
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const ours = connect(path)
  const [theirs] = (await accepted) as [Socket]
  server.close()
  return [ours, theirs]
}

test('what one end sends before it finishes is taken at the other', async () => {
  const [a, b] = await pair()
  const left = new End()
  const right = new End()
  const bus = new Bus(a, left)
  const other = new Bus(b, right)
  const payload = Buffer.alloc(1_000_000, 5)
  bus.writer.send(frameTypes.task, 0, 1, 2, 3, 4, payload, 5)
  bus.writer.send(frameTypes.reset, 0, 1, 2, 3, 0x102)
  bus.finish(() => {})
  await right.ended
  assert.is(right.taken.length, 2)
  assert.ok(payload.equals(right.taken[0]!.payload))
  assert.is(right.taken[1]!.value, 0x102)
  other.destroy()
  await left.ended
})

test('random bytes break the bus once; what follows is not looked at', async () => {
  const [a, b] = await pair()
  const left = new End()
  new Bus(a, left)
  b.write(Buffer.alloc(100_000, 0xee))
  b.write(Buffer.alloc(100_000, 0xee))
  b.end()
  await left.ended
  assert.instance(left.broken, BusError)
  assert.is(left.taken.length, 0)
  a.destroy()
})

test('a peer that is gone is an end, not an error', async () => {
  const [a, b] = await pair()
  const left = new End()
  const bus = new Bus(a, left)
  b.destroy()
  bus.writer.send(frameTypes.task, 0, 0, 0, 1, 0, Buffer.alloc(60_000))
  bus.writer.flush()
  bus.destroy()
  await left.ended
  assert.is(left.broken, undefined)
})

test.run()
