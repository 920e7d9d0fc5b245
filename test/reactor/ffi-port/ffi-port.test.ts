import type { Socket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DatagramBatch } from '../../../src/quic/index.ts'
import {
  FfiCalls,
  FfiPort,
  loadSocketLibc,
  type SocketLibc,
} from '../../../src/reactor/ffi-port/index.ts'
import type { DgramPortOptions } from '../../../src/reactor/index.ts'
import {
  addPortBehaviours,
  batchOf,
  checkPair,
  type PortKind,
  Sink,
  send,
  withPorts,
} from '../port-behaviours.ts'

const test = suite('reactor/ffi-port/ffi-port')

const EIO = 5
const EAGAIN = 11

const nodeMajor = Number(process.versions.node.split('.')[0])

function addTests(libc: SocketLibc): void {
  const calls = new FfiCalls(libc)
  const kindWith = (ownCalls: FfiCalls): PortKind => ({
    bind: (options: DgramPortOptions) => FfiPort.bind(ownCalls, options),
    socketOf: (port) => (port as unknown as { dgram: { socket: Socket } }).dgram.socket,
  })
  const kind = kindWith(calls)
  addPortBehaviours(test, kind)

  /** Datagrams of many sizes in trains, to two ports in turns; what each is to get. */
  function mixedBatch(a: FfiPort, b: FfiPort, from: FfiPort) {
    const sizes = [...new Array<number>(30).fill(1200), 700, 0, 1, 1, 1, 2, 2, 9000, 8999, 9000]
    const batch = new DatagramBatch(4 * sizes.length, () => new Uint8Array(9000))
    const wanted: { a: Uint8Array[]; b: Uint8Array[] } = { a: [], b: [] }
    for (let i = 0; i < 4 * sizes.length; i++) {
      const size = sizes[i % sizes.length]!
      const to = Math.floor(i / 15) % 2 === 0 ? 'a' : 'b'
      batch.next()!.fill(i)
      batch.commit(size, (to === 'a' ? a : b).address, from.address)
      wanted[to].push(new Uint8Array(size).fill(i))
    }
    return { batch, wanted }
  }

  async function checkMixed(ownCalls: FfiCalls): Promise<FfiPort> {
    let used: FfiPort | undefined
    const loopback = ['127.0.0.1', '127.0.0.1', '127.0.0.1']
    await withPorts(kindWith(ownCalls), loopback, async (...ports) => {
      const [from, a, b] = ports as unknown as [FfiPort, FfiPort, FfiPort]
      used = from
      const sinks = { a: new Sink(), b: new Sink() }
      a.start(sinks.a)
      b.start(sinks.b)
      const { batch, wanted } = mixedBatch(a, b, from)
      let done = 0
      await new Promise<void>((resolve) =>
        from.send(batch, () => {
          done++
          resolve()
        }),
      )
      for (const to of ['a', 'b'] as const) {
        await sinks[to].count(wanted[to].length)
        assert.equal(
          sinks[to].received.map(({ datagram }) => datagram),
          wanted[to],
        )
        for (const { meta } of sinks[to].received) assert.equal(meta.remote, from.address)
      }
      assert.is(done, 1)
      assert.is(from.errorCount, 0)
    })
    return used!
  }

  test('trains of many sizes to two remotes arrive in order, byte for byte', async () => {
    await checkMixed(calls)
  })

  test('many more datagrams than one call can take arrive', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = new Sink()
      b!.start(sink)
      const datagrams = Array.from({ length: 150 }, (_, i) => new Uint8Array(100).fill(i))
      await send(a!, datagrams, b!.address)
      await sink.count(150)
      assert.equal(
        sink.received.map(({ datagram }) => datagram),
        datagrams,
      )
    })
  })

  test('a kernel without GSO is sent datagrams one by one', async () => {
    let refused = 0
    const calls = withSendmsg(libc, (original, message) => {
      if (original.hasControl(message)) {
        refused++
        return EIO
      }
      return 0
    })
    const port = await checkMixed(calls)
    assert.is(refused, 1)
    assert.is(port['socket'].segments, false)
  })

  test('what the socket has no room for is sent by dgram, and nothing overtakes it', async () => {
    let countdown = 3
    const calls = withSendmsg(libc, () => (countdown-- > 0 ? 0 : EAGAIN))
    await checkMixed(calls)
    await withPorts(kindWith(calls), ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = new Sink()
      b!.start(sink)
      countdown = 0
      const order: string[] = []
      const first = new Promise<void>((resolve) =>
        a!.send(batchOf([Uint8Array.of(1), Uint8Array.of(2)], b!.address), () => {
          order.push('first')
          resolve()
        }),
      )
      // There is room again, but others wait.
      countdown = 100
      const second = send(a!, [Uint8Array.of(3)], b!.address).then(() => order.push('second'))
      assert.is(countdown, 100)
      await Promise.all([first, second])
      await send(a!, [Uint8Array.of(4)], b!.address)
      assert.is(countdown, 99)
      await sink.count(4)
      assert.equal(order, ['first', 'second'])
      assert.equal(
        sink.received.map(({ datagram }) => datagram[0]),
        [1, 2, 3, 4],
      )
    })
  })

  test('a datagram larger than the link is lost, those around it are not', async () => {
    await withPorts(kind, ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = new Sink()
      b!.start(sink)
      await send(a!, [Uint8Array.of(1), new Uint8Array(65_508), Uint8Array.of(2)], b!.address)
      await sink.count(2)
      assert.equal(
        sink.received.map(({ datagram }) => datagram),
        [Uint8Array.of(1), Uint8Array.of(2)],
      )
      assert.is(a!.errorCount, 1)
    })
  })

  test('a sink is given what it has room for, whatever waits', async () => {
    const takes: number[] = []
    const watched = new FfiCalls({
      ...libc,
      recvmmsg(fd, messages, count, flags, timeout) {
        takes.push(count)
        return libc.recvmmsg(fd, messages, count, flags, timeout)
      },
    })
    await withPorts(kindWith(watched), ['127.0.0.1', '127.0.0.1'], async (a, b) => {
      const sink = Object.assign(new Sink(), { room: 5 })
      b!.start(sink)
      await send(
        a!,
        Array.from({ length: 20 }, () => Uint8Array.of(1)),
        b!.address,
      )
      await sink.count(20)
      assert.ok(takes.length > 0 && takes.every((count) => count === 5))
      sink.room = 0
      takes.length = 0
      await send(a!, [Uint8Array.of(2), Uint8Array.of(3)], b!.address)
      await sink.count(22)
      assert.equal(takes, [])
    })
  })

  test('once a port is closed it touches its descriptor no more', async () => {
    const used: string[] = []
    const watched = new FfiCalls({
      ...libc,
      sendmsg(...parameters) {
        used.push('sendmsg')
        return libc.sendmsg(...parameters)
      },
      recvmmsg(...parameters) {
        used.push('recvmmsg')
        return libc.recvmmsg(...parameters)
      },
    })
    await withPorts(kind, ['127.0.0.1'], async (other) => {
      const port = await FfiPort.bind(watched, { address: '127.0.0.1' })
      let received = 0
      const closed = new Promise<void>((resolve) =>
        port.start({
          receive() {
            received++
            void port.close().then(resolve)
          },
        }),
      )
      await send(other!, [Uint8Array.of(1), Uint8Array.of(2)], port.address)
      await closed
      assert.is(received, 1)
      await send(port as never, [Uint8Array.of(3)], other!.address)
      assert.equal(used, [])
    })
  })

  test('fragments are refused', async () => {
    const options: string[] = []
    const watched = new FfiCalls({
      ...libc,
      setsockopt(fd, level, name, value, length) {
        const result = libc.setsockopt(fd, level, name, value, length)
        options.push(`${level} ${name} ${value[0]} ${result}`)
        return result
      },
    })
    const port = await FfiPort.bind(watched, { address: '127.0.0.1' })
    assert.is(port.refusesFragments, true)
    // IP_MTU_DISCOVER of IPPROTO_IP is IP_PMTUDISC_PROBE.
    assert.equal(options, ['0 10 3 0'])
    await port.close()
  })

  test('ports leave no descriptor behind, those that could not be bound neither', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    await withPorts(kind, ['127.0.0.1'], async (taken) => {
      const before = descriptors()
      for (let round = 0; round < 50; round++) {
        await withPorts(kind, ['127.0.0.1'], async (other) => {
          await checkPair(taken!, other!, other!.address)
        })
        await kind.bind(taken!.address).catch(() => {})
      }
      assert.is(descriptors(), before)
    })
  })
}

interface Original {
  hasControl(message: bigint): boolean
}

/** Calls of the system, some of whose `sendmsg` are refused with an errno. */
function withSendmsg(
  libc: SocketLibc,
  refusal: (original: Original, message: bigint) => number,
): FfiCalls {
  let errno = 0
  const memories = new Map<number, ArrayBufferLike>()
  const original: Original = {
    hasControl(message) {
      for (const [address, buffer] of memories) {
        const at = Number(message) - address
        if (at >= 0 && at < buffer.byteLength)
          return new DataView(buffer).getUint32(at + 40, true) > 0
      }
      throw new Error('a message of nobody')
    },
  }
  return new FfiCalls({
    ...libc,
    addressOf(buffer) {
      const address = libc.addressOf(buffer)
      memories.set(address, buffer)
      return address
    },
    sendmsg(fd, message, flags) {
      errno = refusal(original, message)
      return errno === 0 ? libc.sendmsg(fd, message, flags) : -1
    },
    errno: () => (errno === 0 ? libc.errno() : errno),
  })
}

if (nodeMajor < 26) console.log('skipped: node:ffi comes with Node 26')
else if (process.platform !== 'linux') console.log('skipped: the calls are those of Linux')
else addTests(loadSocketLibc())

test.run()
