import { networkInterfaces } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import { decodeSockaddr, encodeSockaddr } from '../../../src/reactor/ffi-port/sockaddr.ts'

const test = suite('reactor/ffi-port/sockaddr')

const V4 = '0200 01bb 7f000001 0000000000000000'
const V6 = '0a00 01bb 00000000 20010db8000000000000000000000001 00000000'
const MAPPED = '0a00 01bb 00000000 00000000000000000000ffff7f000001 00000000'

const bytesOf = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''))
const encoded = (address: string, isIPv6: boolean): string | undefined => {
  const sockaddr = encodeSockaddr({ address, port: 443 }, isIPv6)
  return sockaddr === undefined ? undefined : toHex(sockaddr)
}

test('addresses are laid out as <netinet/in.h> has them', () => {
  assert.is(encoded('127.0.0.1', false), V4.replaceAll(' ', ''))
  assert.is(encoded('2001:db8::1', true), V6.replaceAll(' ', ''))
  assert.is(encoded('127.0.0.1', true), MAPPED.replaceAll(' ', ''))
})

test('they are read as node:dgram writes them, mapped ones as IPv4', () => {
  assert.equal(decodeSockaddr(bytesOf(V4)), { address: '127.0.0.1', port: 443 })
  assert.equal(decodeSockaddr(bytesOf(V6)), { address: '2001:db8::1', port: 443 })
  assert.equal(decodeSockaddr(bytesOf(MAPPED)), { address: '127.0.0.1', port: 443 })
})

test('what is no address of that family has no sockaddr', () => {
  assert.is(encoded('::1', false), undefined)
  for (const isIPv6 of [false, true])
    for (const address of ['', 'localhost', '1.2.3', '::1::', 'fe80::1%no such interface'])
      assert.is(encoded(address, isIPv6), undefined, address)
})

test('a link-local address has the number of its interface', () => {
  const bytes = bytesOf('0a00 01bb 00000000 fe800000000000000000000000000001 07000000')
  assert.is(encoded('fe80::1%7', true), toHex(bytes))
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const scope = addresses?.find(({ family, scopeid }) => family === 'IPv6' && scopeid)?.scopeid
    if (scope === undefined) continue
    const sockaddr = encodeSockaddr({ address: `fe80::2%${name}`, port: 1 }, true)!
    assert.is(sockaddr[24], scope)
    assert.is(decodeSockaddr(sockaddr).address, `fe80::2%${name}`)
  }
})

test.run()
