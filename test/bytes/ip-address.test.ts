import { isIP, isIPv4 } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatIpAddress, parseIpAddress } from '../../src/bytes/ip-address.ts'

const test = suite('bytes/ip-address')

const TEXTS = [
  ...['0.0.0.0', '127.0.0.1', '255.255.255.255', '256.0.0.1', '1.2.3', '1.2.3.4.5', '01.2.3.4'],
  ...['1.2.3.4 ', '1.2.3.', '', '::', '::1', '1::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7', '1::2::3'],
  ...['1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', '1:2:3:4:5:6:7:8:9', ':::', ':1'],
  ...['1:', 'g::', '12345::', '::ffff:1.2.3.4', '::1.2.3.4:1', '1.2.3.4::', '1:2:3:4:5:6:1.2.3.4'],
  ...['2001:DB8::A', '2001:db8:0:0:1:0:0:1', '1:2:3:4:5:6:7:1.2.3.4', 'example.com', '::1.2.3'],
]

test('the same texts are addresses as for node:net', () => {
  for (const text of TEXTS)
    assert.is(parseIpAddress(text) !== undefined, isIP(text) !== 0, JSON.stringify(text))
})

test('an address is written as a URL writes it (RFC 5952)', () => {
  for (const text of TEXTS) {
    if (isIP(text) === 0) continue
    const { hostname } = new URL(isIPv4(text) ? `http://${text}` : `http://[${text}]`)
    assert.is(formatIpAddress(parseIpAddress(text)!), hostname.replace(/[[\]]/g, ''), text)
  }
})

test('an IPv6 address has its bytes in network order', () => {
  const bytes = parseIpAddress('2001:db8::ff00:1.2.3.4')!
  assert.equal([...bytes], [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0xff, 0, 1, 2, 3, 4])
})

test.run()
