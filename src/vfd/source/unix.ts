import { randomBytes } from 'node:crypto'
import { unlinkSync, writeSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX_SELF_CONNECTS, MAX_UNNAMED, REFILL_TIMEOUT } from '../limits.ts'
import { ignore } from './descriptor-pair.ts'
import type { MadePairs, OwnedPair, PairMaker } from './pair-maker.ts'
import { SocketPair } from './socket-pair.ts'
import { bareEnd, descriptorOf } from './stream-end.ts'

const TOKEN_LENGTH = 16

/**
 * Pairs by connecting to ourselves over a Unix socket. Not socketpair(2), but the same object of
 * the kernel in the end.
 *
 * Other processes may find the socket and connect to it, so each of our connects says a secret; the
 * end that was accepted is the internal one, and nothing of a stranger becomes a vfd.
 */
export class UnixMaker implements PairMaker {
  readonly kind = 'unix'
  private readonly server: Server
  private readonly path: string
  /** By the secret that the connecting end says. */
  private readonly waiting = new Map<string, (accepted: Socket) => void>()
  /** Accepted, and silent so far. */
  private readonly unnamed = new Set<Socket>()

  private constructor(server: Server, path: string) {
    this.server = server
    this.path = path
    server.unref()
    server.on('connection', (accepted) => this.accept(accepted))
    server.on('error', ignore)
  }

  /** Rejects where there are no Unix sockets, or none are permitted. */
  static listen(): Promise<UnixMaker> {
    return new Promise((resolve, reject) => {
      if (process.platform === 'win32') throw new Error('Windows has no Unix sockets for Node')
      const name = `tsquic-vfd-${process.pid}-${randomBytes(8).toString('hex')}`
      const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
      const server = createServer()
      server.once('error', reject)
      server.listen(path, () => {
        server.removeAllListeners('error')
        resolve(new UnixMaker(server, path))
      })
    })
  }

  /**
   * The vfd at once, its internal end as soon as it is accepted. Undefined while that many are on
   * their way that the system might refuse another.
   */
  makeNow(): OwnedPair | undefined {
    if (this.waiting.size >= MAX_SELF_CONNECTS) return undefined
    const token = randomBytes(TOKEN_LENGTH)
    const socket = connect({ path: this.path, allowHalfOpen: true })
    socket.on('error', ignore)
    const vfd = descriptorOf(socket)
    if (vfd === undefined || !isWritten(vfd, token)) {
      socket.destroy()
      return undefined
    }
    socket.unref()
    const pair = new SocketPair('unix', socket, vfd)
    const key = token.toString('latin1')
    // Of one that never comes the number stays ours: the vfd is open until it is released.
    const timer = setTimeout(() => this.waiting.delete(key), REFILL_TIMEOUT).unref()
    this.waiting.set(key, (accepted) => {
      clearTimeout(timer)
      pair.complete(bareEnd(accepted))
    })
    return pair
  }

  async make(count: number): Promise<MadePairs> {
    const pairs: OwnedPair[] = []
    try {
      while (pairs.length < count) pairs.push(await this.makeOne())
    } catch (error) {
      return { pairs, failure: error as Error }
    }
    return { pairs, failure: undefined }
  }

  /** Pairs that are out stay open, so this does not wait for them as `server.close` would. */
  async close(): Promise<void> {
    this.server.close()
    if (!this.path.startsWith('\0')) attemptUnlink(this.path)
  }

  private makeOne(): Promise<OwnedPair> {
    return new Promise((resolve, reject) => {
      const token = randomBytes(TOKEN_LENGTH)
      const key = token.toString('latin1')
      const socket = connect(this.path)
      const fail = (error: Error): void => {
        clearTimeout(timer)
        this.waiting.delete(key)
        socket.destroy()
        reject(error)
      }
      const timer = setTimeout(
        fail,
        REFILL_TIMEOUT,
        new Error('connecting to ourselves took too long'),
      )
      const onClose = () => fail(new Error('the connection to ourselves was closed'))
      socket.once('error', fail)
      socket.once('close', onClose)
      this.waiting.set(key, (accepted) => {
        clearTimeout(timer)
        socket.removeListener('error', fail)
        socket.removeListener('close', onClose)
        const pair = SocketPair.join('unix', bareEnd(socket), bareEnd(accepted))
        if (pair === undefined) reject(new Error('an end was closed at once'))
        else resolve(pair)
      })
      socket.write(token)
    })
  }

  private accept(accepted: Socket): void {
    if (this.unnamed.size >= MAX_UNNAMED) {
      accepted.destroy()
      return
    }
    this.unnamed.add(accepted)
    accepted.on('error', ignore)
    accepted.setTimeout(REFILL_TIMEOUT, () => accepted.destroy())
    accepted.once('close', () => this.unnamed.delete(accepted))
    accepted.once('readable', () => {
      this.unnamed.delete(accepted)
      accepted.setTimeout(0)
      const token: Buffer | null = accepted.read(TOKEN_LENGTH)
      const key = token?.toString('latin1') ?? ''
      const paired = this.waiting.get(key)
      this.waiting.delete(key)
      if (paired === undefined) accepted.destroy()
      else paired(accepted)
    })
  }
}

/** A connection to a Unix socket stands, or has failed, as soon as connect(2) returns: this tells which. */
function isWritten(fd: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(fd, bytes) === bytes.length
  } catch {
    return false
  }
}

function attemptUnlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Node has removed it already.
  }
}
