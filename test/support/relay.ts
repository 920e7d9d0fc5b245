/** A UDP relay on loopback that writes what passes to a pcap file: a capture without privileges. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'

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

/**
 * Relays between clients of a fresh port and the server's port on 127.0.0.1 while `body` runs,
 * and records every datagram in the pcap file. The capture shows the relay's port as the server's.
 */
export const captureRelayed = async (
  serverPort: number,
  pcapPath: string,
  body: (port: number) => Promise<void>,
): Promise<number> => {
  const pcap = new PcapFile(pcapPath)
  const front = await bind()
  const { port } = front.address()
  const backs = new Map<number, Promise<Socket>>()

  const openBack = async (clientPort: number): Promise<Socket> => {
    const back = await bind()
    back.on('message', (datagram) => {
      pcap.write(port, clientPort, datagram)
      front.send(datagram, clientPort, '127.0.0.1')
    })
    return back
  }

  front.on('message', (datagram, from) => {
    pcap.write(from.port, port, datagram)
    let back = backs.get(from.port)
    if (back === undefined) {
      back = openBack(from.port)
      backs.set(from.port, back)
    }
    back.then((socket) => socket.send(datagram, serverPort, '127.0.0.1'))
  })

  try {
    await body(port)
  } finally {
    front.close()
    for (const back of backs.values()) (await back).close()
    pcap.close()
  }
  return port
}
