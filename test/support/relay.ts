/**
 * A UDP relay on loopback: it can write what passes to a pcap file, which is a capture without
 * privileges, and stand in for a NAT that gives its client a new port.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const linkTypeRawIp = 101
const ipHeaderLength = 20
const udpHeaderLength = 8

/** Writes datagrams as IPv4 packets between ports of 127.0.0.1. */
class PcapFile {
  readonly #file: number
  #count = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    const header = Buffer.alloc(24)
    header.writeUInt32LE(0xa1b2c3d4, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(0x10000, 16)
    header.writeUInt32LE(linkTypeRawIp, 20)
    writeSync(this.#file, header)
  }

  /** Packets are stamped one millisecond apart: only their order matters here. */
  write(sourcePort: number, destinationPort: number, payload: Uint8Array): void {
    const length = ipHeaderLength + udpHeaderLength + payload.length
    const head = Buffer.alloc(16 + ipHeaderLength + udpHeaderLength)
    head.writeUInt32LE(Math.floor(this.#count / 1000), 0)
    head.writeUInt32LE((this.#count % 1000) * 1000, 4)
    head.writeUInt32LE(length, 8)
    head.writeUInt32LE(length, 12)
    head.writeUInt8(0x45, 16)
    head.writeUInt16BE(length, 18)
    head.writeUInt8(64, 24)
    head.writeUInt8(17, 25)
    head.writeUInt32BE(0x7f000001, 28)
    head.writeUInt32BE(0x7f000001, 32)
    head.writeUInt16BE(sourcePort, 36)
    head.writeUInt16BE(destinationPort, 38)
    head.writeUInt16BE(udpHeaderLength + payload.length, 40)
    writeSync(this.#file, head)
    writeSync(this.#file, payload)
    this.#count++
  }

  close(): void {
    closeSync(this.#file)
  }
}

const bind = async (): Promise<Socket> => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

export interface RelayOptions {
  /** Every datagram is recorded here, with the relay's port as the server's. */
  readonly pcapPath?: string
  /**
   * After so many datagrams from a client the server sees it at a new port, as behind a NAT that
   * forgot it. What the server still sends to the old port arrives.
   */
  readonly rebindAfter?: number
}

export class Relay {
  readonly #front: Socket
  readonly #serverPort: number
  readonly #pcap: PcapFile | undefined
  readonly #rebindAfter: number
  readonly #backs = new Map<number, Promise<Socket>>()
  readonly #opened: Promise<Socket>[] = []
  readonly #counts = new Map<number, number>()
  #rebound = false
  #passed = 0

  constructor(front: Socket, serverPort: number, options: RelayOptions) {
    this.#front = front
    this.#serverPort = serverPort
    this.#pcap = options.pcapPath === undefined ? undefined : new PcapFile(options.pcapPath)
    this.#rebindAfter = options.rebindAfter ?? Number.POSITIVE_INFINITY
    front.on('message', (datagram, from) => this.#fromClient(datagram, from.port))
  }

  get port(): number {
    return this.#front.address().port
  }

  /** Waits until both sides have fallen silent: nothing comes in many turns of this process, which has them all. */
  async silence(): Promise<void> {
    for (let looks = 0, passed = this.#passed; looks < 20; looks++) {
      await sleep(25)
      if (passed !== this.#passed) looks = 0
      passed = this.#passed
    }
  }

  /** A test of rebinding in which none took place has shown nothing. */
  assertRebound(): void {
    if (Number.isFinite(this.#rebindAfter) && !this.#rebound) {
      throw new Error(`no client sent ${this.#rebindAfter} datagrams`)
    }
  }

  /** From now on the server sees every client at a new port; the ports. */
  async rebind(): Promise<number[]> {
    const ports: number[] = []
    for (const clientPort of [...this.#backs.keys()]) {
      const back = this.#openBack(clientPort)
      this.#backs.set(clientPort, back)
      this.#opened.push(back)
      ports.push((await back).address().port)
    }
    return ports
  }

  async close(): Promise<void> {
    this.#front.close()
    for (const back of this.#opened) (await back).close()
    this.#pcap?.close()
  }

  #fromClient(datagram: Uint8Array, clientPort: number): void {
    this.#passed++
    this.#pcap?.write(clientPort, this.port, datagram)
    const count = (this.#counts.get(clientPort) ?? 0) + 1
    this.#counts.set(clientPort, count)
    let back = this.#backs.get(clientPort)
    if (count === this.#rebindAfter) this.#rebound = true
    if (back === undefined || count === this.#rebindAfter) {
      back = this.#openBack(clientPort)
      this.#backs.set(clientPort, back)
      this.#opened.push(back)
    }
    back.then((socket) => socket.send(datagram, this.#serverPort, '127.0.0.1'))
  }

  async #openBack(clientPort: number): Promise<Socket> {
    const back = await bind()
    back.on('message', (datagram) => {
      this.#passed++
      this.#pcap?.write(this.port, clientPort, datagram)
      this.#front.send(datagram, clientPort, '127.0.0.1')
    })
    return back
  }
}

/** Relays between clients of a fresh port and the server's port while `body` runs. */
export const withRelay = async <T>(
  serverPort: number,
  options: RelayOptions,
  body: (port: number, relay: Relay) => Promise<T>,
): Promise<T> => {
  const relay = new Relay(await bind(), serverPort, options)
  try {
    const result = await body(relay.port, relay)
    relay.assertRebound()
    return result
  } finally {
    await relay.close()
  }
}
