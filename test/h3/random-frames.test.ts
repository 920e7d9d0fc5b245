import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { Random } from '../../src/sim/random.ts'
import { data, fields, frame, headers, Lone, request, response } from './harness.ts'

const test = suite('random frames')

const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0d, 0x21, 0x40, 0xf0700, 2 ** 40]

function randomFrame(random: Random): Uint8Array {
  switch (random.int(8)) {
    case 0:
      return headers(request(random.chance(0.5) ? 'GET' : 'POST'))
    case 1:
      return headers(response(100 + random.int(500)))
    case 2:
      return headers(fields('x-trailer: 1'))
    case 3:
      return data('x'.repeat(random.int(50)))
    case 4:
      return random.randomBytes(random.int(40))
    default:
      return frame(TYPES[random.int(TYPES.length)]!, random.randomBytes(random.int(20)))
  }
}

/** One hostile peer: whatever it does, the connection goes on or closes with a code of its own. */
function attack(role: 'client' | 'server', seed: number): void {
  const random = new Random(seed)
  const lone = new Lone(role, {}, random.chance(0.9) ? new Uint8Array(0) : null)
  const open: number[] = random.chance(0.3) ? [lone.control] : []
  for (let step = 0; step < 60 && lone.closeCode === undefined; step++) {
    if (role === 'client') {
      const id = lone.h3.request(request(random.chance(0.5) ? 'HEAD' : 'GET'), random.chance(0.5))
      lone.pump()
      if (id !== undefined) open.push(id)
    } else if (random.chance(0.5)) open.push(lone.raw.openStream('bidi')!)
    if (random.chance(0.1)) open.push(lone.openUni(random.int(5)))
    const id = open[random.int(open.length)]
    if (id === undefined || lone.raw.streams.get(id)?.finQueued !== false) continue
    const bytes = concatBytes(Array.from({ length: random.int(3) }, () => randomFrame(random)))
    const choice = random.int(20)
    if (choice === 0) lone.raw.reset(id, random.int(1000))
    else if (choice === 1) lone.raw.stopSending(id, random.int(1000))
    else if (bytes.length > 0)
      lone.send(id, bytes.slice(0, 1 + random.int(bytes.length)), choice < 4)
    if (random.chance(0.5)) lone.readAll(id)
    if (role === 'server' && random.chance(0.3)) lone.h3.sendHeaders(id, response(404), true)
    lone.pump()
  }
  const code = lone.closeCode
  assert.is.not(code, H3ErrorCode.internalError, `seed ${seed}: ${lone.h3.error?.stack}`)
  if (code !== undefined) assert.ok(code > 0x100 && code <= 0x202, `seed ${seed}: ${code}`)
}

test('no bytes of a client make a server throw or fail', () => {
  for (let seed = 0; seed < 1500; seed++) attack('server', seed)
})

test('no bytes of a server make a client throw or fail', () => {
  for (let seed = 0; seed < 1500; seed++) attack('client', seed)
})

test.run()
