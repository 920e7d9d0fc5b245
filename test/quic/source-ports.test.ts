import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { THROTTLED_PORT_BURST, THROTTLED_PORT_RATE_PER_SECOND } from '../../src/quic/limits.ts'
import { SourcePorts } from '../../src/quic/source-ports.ts'

const test = suite('quic/source-ports')

test('ports of services that reflect are never heard, and those next to them are', () => {
  const ports = new SourcePorts()
  for (const port of [0, 17, 19, 53, 111, 123, 137, 138, 161, 389, 500])
    assert.is(ports.admits(port, 1000), false, `${port}`)
  for (const port of [1, 18, 54, 443, 1024, 1901, 40_000, 65_535])
    for (let i = 0; i < 100; i++) assert.is(ports.admits(port, 1000), true, `${port}`)
})

test('ports that clients may have by chance are heard up to a rate, all of them together', () => {
  const ports = new SourcePorts()
  const throttled = [1900, 3702, 5353, 5355, 11_211]
  let admitted = 0
  for (let i = 0; i < 1000; i++) if (ports.admits(throttled[i % 5]!, 1000)) admitted++
  assert.is(admitted, THROTTLED_PORT_BURST)
  for (let i = 0; i < 1000; i++) if (ports.admits(throttled[i % 5]!, 2000)) admitted++
  assert.is(admitted, THROTTLED_PORT_BURST + THROTTLED_PORT_RATE_PER_SECOND)
})

test.run()
