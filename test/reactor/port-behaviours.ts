import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { DatagramBatch, type DatagramMeta, type SocketAddress } from '../../src/quic/index.ts'
import type { DgramPortOptions, UdpPort } from '../../src/reactor/index.ts'

export interface CountingPort extends UdpPort {
  readonly errorCount: number
}

/** One way to have a port. */
export interface PortKind {
  bind(options: DgramPortOptions): Promise<CountingPort>
  /** The socket of node:dgram behind it. */
  socketOf(port: CountingPort): Socket
}

export const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)

export class Sink {
  readonly received: { datagram: Uint8Array; meta: DatagramMeta }[] = []
  private wanted = 0
  private resolve: (() => void) | undefined

  receive(datagram: Uint8Array, meta: DatagramMeta): void {
    this.received.push({ datagram, meta })
    if (this.received.length >= this.wanted) this.resolve?.()
  }

  async count(wanted: number): Promise<void> {
    this.wanted = wanted
    if (this.received.length >= wanted) return
    await new Promise<void>((resolve) => {
      this.resolve = resolve
    })
  }
}

export async function withPorts(
  kind: PortKind,
  addresses: readonly string[],
  body: (...ports: CountingPort[]) => Promise<void>,
): Promise<void> {
  const ports = await Promise.all(addresses.map((address) => kind.bind({ address })))
  try {
    await body(...ports)
  } finally {
    await Promise.all(ports.map((port) => port.close()))
  }
}

export function batchOf(datagrams: readonly Uint8Array[], remote: SocketAddress): DatagramBatch {
  const batch = new DatagramBatch(datagrams.length, () => new Uint8Array(70_000))
  for (const datagram of datagrams) {
    batch.next()?.set(datagram)
    batch.commit(datagram.length, remote, remote)
  }
  return batch
}

export function send(
  port: CountingPort,
  datagrams: readonly Uint8Array[],
  to: SocketAddress,
): Promise<void> {
  return new Promise((resolve) => port.send(batchOf(datagrams, to), resolve))
}

export async function checkPair(
  from: CountingPort,
  to: CountingPort,
  target: SocketAddress,
): Promise<Sink> {
  const sink = new Sink()
  to.start(sink)
  await send(from, [Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4)], target)
  await sink.count(3)
  assert.equal(
    sink.received.map(({ datagram }) => datagram),
    [Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4)],
  )
  return sink
}

/** What every port does. */
export function addPortBehaviours(test: Test, kind: PortKind): void {
  if (!hasIPv6) console.log('skipped: tests of IPv6, this machine has none')

  test('a batch arrives with the addresses of both ends', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const { received } = await checkPair(a!, b!, b!.address)
      assert.is(b!.address.address, '127.0.0.1')
      for (const { meta } of received)
        assert.equal(meta, { remote: a!.address, local: b!.address, ecn: 0 })
    })
  })

  test('what arrives is a plain Uint8Array', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const { received } = await checkPair(a!, b!, b!.address)
      assert.is(Object.getPrototypeOf(received[0]!.datagram), Uint8Array.prototype)
    })
  })

  test('datagrams of different peers keep their own addresses', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1', '127.0.0.1'], async (server, a, b) => {
      const sink = new Sink()
      server!.start(sink)
      for (const [index, port] of [a!, b!, a!, b!].entries()) {
        await send(port, [Uint8Array.of(index)], server!.address)
        await sink.count(index + 1)
      }
      assert.equal(
        sink.received.map(({ meta }) => meta.remote.port),
        [a!.address.port, b!.address.port, a!.address.port, b!.address.port],
      )
    })
  })

  test('an endpoint is found under IPv6', async () => {
    if (!hasIPv6) return
    await withPorts(kind, ['::1', '::1'], async (a, b) => {
      const { received } = await checkPair(a!, b!, b!.address)
      assert.equal(received[0]!.meta.remote, { address: '::1', port: a!.address.port })
    })
  })

  test('a socket on :: speaks IPv4 too, and calls its addresses by their IPv4 names', async () => {
    if (!hasIPv6) return
    await withPorts(kind, ['::', '127.0.0.1'], async (both, v4) => {
      const target = { address: '127.0.0.1', port: both!.address.port }
      const { received } = await checkPair(v4!, both!, target)
      assert.equal(received[0]!.meta.remote, v4!.address)
      await checkPair(both!, v4!, received[0]!.meta.remote)
    })
  })

  test('a socket for IPv6 alone leaves the same port free under IPv4', async () => {
    if (!hasIPv6) return
    // A number that is free under IPv6 may be somebody else's under IPv4: then it is another's turn.
    for (let tries = 1; ; tries++) {
      const v6 = await kind.bind({ address: '::', ipv6Only: true })
      const { port } = v6.address
      try {
        const v4 = await kind.bind({ address: '0.0.0.0', port })
        assert.is(v4.address.port, port)
        await v4.close()
        return
      } catch (error) {
        if (tries === 10 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      } finally {
        await v6.close()
      }
    }
  })

  test('a port in use rejects with the code of the system', async () => {
    await withPorts(kind, ['127.0.0.1'], async (port) => {
      const { code } = await kind.bind(port!.address).then(
        () => ({ code: 'none' }),
        (error) => error,
      )
      assert.is(code, 'EADDRINUSE')
    })
  })

  test('only IP addresses can be bound to', async () => {
    const error = await kind.bind({ address: 'localhost' }).catch((thrown) => thrown)
    assert.instance(error, TypeError)
  })

  test('datagrams to a port that nobody has are lost and nothing else', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const silent = createSocket('udp4').bind(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address()
      silent.close()
      await once(silent, 'close')
      for (let i = 0; i < 3; i++) await send(a!, [Uint8Array.of(1)], { address: '127.0.0.1', port })
      await checkPair(a!, b!, b!.address)
    })
  })

  test('a datagram that is too large, or has an impossible address, does not hold back the rest', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = new Sink()
      b!.start(sink)
      const batch = new DatagramBatch(8, () => new Uint8Array(70_000))
      const commit = (length: number, address: string, port: number) => {
        batch.next()?.fill(length)
        batch.commit(length, { address, port }, a!.address)
      }
      commit(65_508, '127.0.0.1', b!.address.port)
      commit(1, '127.0.0.1', 0)
      commit(1, 'no address', 1234)
      commit(1, '2001:db8::1', 1234)
      commit(2, '127.0.0.1', b!.address.port)
      await new Promise<void>((resolve) => a!.send(batch, resolve))
      await sink.count(1)
      assert.equal(sink.received[0]!.datagram, Uint8Array.of(2, 2))
    })
  })

  test('a batch comes back even when its last datagram could not be sent', async () => {
    await withPorts(kind, ['127.0.0.1'], async (port) => {
      await send(port!, [new Uint8Array(65_508)], port!.address)
      const { errorCount } = port!
      await send(port!, [Uint8Array.of(1)], { address: '127.0.0.1', port: 0 })
      assert.is(port!.errorCount, errorCount + 1)
      await port!.close()
      await send(port!, [Uint8Array.of(1)], port!.address)
      assert.is(port!.errorCount, errorCount + 2)
    })
  })

  test('an error of the socket is counted and has no other effect', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      kind.socketOf(b!).emit('error', new Error('recvmsg ECONNRESET'))
      assert.is(b!.errorCount, 1)
      await checkPair(a!, b!, b!.address)
    })
  })

  test('a datagram from port 0 is dropped: nothing could be answered', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = new Sink()
      b!.start(sink)
      const rinfo = { address: '10.0.0.1', family: 'IPv4', port: 0, size: 1 }
      kind.socketOf(b!).emit('message', Buffer.of(9), rinfo)
      assert.is(sink.received.length, 0)
      await checkPair(a!, b!, b!.address)
    })
  })

  test('a port can be closed twice', async () => {
    const port = await kind.bind({ address: '127.0.0.1' })
    const closing = port.close()
    assert.is(port.close(), closing)
    await closing
  })

  test('a socket has buffers of 4 MiB, or as much of it as the kernel gives', async () => {
    const other = createSocket('udp4')
    other.bind(0, '127.0.0.1')
    await once(other, 'listening')
    const before = other.getRecvBufferSize()
    other.setRecvBufferSize(4 * 1024 * 1024)
    other.setSendBufferSize(4 * 1024 * 1024)
    const port = await kind.bind({ address: '127.0.0.1' })
    const socket = kind.socketOf(port)
    assert.is(socket.getRecvBufferSize(), other.getRecvBufferSize())
    assert.is(socket.getSendBufferSize(), other.getSendBufferSize())
    assert.ok(socket.getRecvBufferSize() >= before)
    await port.close()
    other.close()
  })
}
