import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ipKeyOf } from '../../../src/vfd/dispatch/ip-key.ts'

const test = suite('dispatch/ip-key')

test('an IPv4 address is its number in host order', () => {
  assert.is(ipKeyOf('0.0.0.1'), 1)
  assert.is(ipKeyOf('192.0.2.7'), 0xc0000207)
  assert.is(ipKeyOf('255.255.255.255'), 0xffffffff)
})

test('an IPv4 address in IPv6 is the same client', () => {
  assert.is(ipKeyOf('::ffff:192.0.2.7'), 0xc0000207)
})

test('the spelling of an IPv6 address and its zone do not count', () => {
  const key = ipKeyOf('2001:db8::1')
  assert.is(ipKeyOf('2001:0db8:0:0:0:0:0:1'), key)
  assert.is(ipKeyOf('2001:DB8::0001'), key)
  assert.is(ipKeyOf('2001:db8::1%eth0'), key)
  assert.is.not(ipKeyOf('2001:db8::2'), key)
  assert.is(ipKeyOf('64:ff9b::192.0.2.7'), ipKeyOf('64:ff9b::c000:207'))
})

test('keys of IPv6 neighbours are spread over the workers', () => {
  const counts = [0, 0, 0, 0]
  for (let host = 0; host < 1000; host++) {
    counts[ipKeyOf(`2001:db8:1:${host.toString(16)}::1`) % 4]!++
  }
  for (const count of counts) assert.ok(count > 200 && count < 300, counts.join(' '))
})

test.run()
