import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RemoteTable } from '../../../src/reactor/ffi-port/remote-table.ts'
import { encodeSockaddr } from '../../../src/reactor/ffi-port/sockaddr.ts'
import { REMOTE_TABLE_SIZE } from '../../../src/reactor/limits.ts'

const test = suite('reactor/ffi-port/remote-table')

/** Words with a sockaddr at number 3, and what was there before behind it. */
function words(address: string, port: number, isIPv6 = address.includes(':')): Uint32Array {
  const memory = new Uint32Array(16).fill(0xdead)
  new Uint8Array(memory.buffer, 12).set(encodeSockaddr({ address, port }, isIPv6)!)
  return memory
}

test('an address that comes again is the same object', () => {
  const table = new RemoteTable()
  for (const address of ['127.0.0.1', '2001:db8::1']) {
    const first = table.find(words(address, 443), 3)
    assert.equal(first, { address, port: 443 })
    assert.is(table.find(words(address, 443), 3), first)
  }
})

test('addresses in one place do not become each other', () => {
  const table = new RemoteTable()
  const hosts = ['10.0.0.1', '10.0.0.2', '2001:db8::a', '::1']
  for (let round = 0; round < 2; round++)
    for (let port = 1; port <= 2 * REMOTE_TABLE_SIZE; port++)
      for (const address of hosts)
        assert.equal(table.find(words(address, port), 3), { address, port })
  assert.is(table['remotes'].length, REMOTE_TABLE_SIZE)
  assert.ok(table['remotes'].every((remote) => remote !== undefined))
})

test.run()
