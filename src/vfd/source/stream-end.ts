import { Socket, type SocketConstructorOpts } from 'node:net'
import { ignore } from './descriptor-pair.ts'

/**
 * What libuv knows a descriptor by, as far as we use it. Node keeps one inside every stream of
 * `net`, and has no public way to hold it alone; but most vfds are never watched, and the streams
 * are three quarters of the heap of a pair.
 */
export interface BareHandle {
  /** Negative when it is closed. */
  readonly fd: number
  /** Whether a stream has it reading. */
  reading: boolean
  readStop(): number
  unref(): void
  /** Frees the number at once. Does nothing when it is closed. */
  close(): void
  /** Under a symbol of Node's own, the stream that it belongs to. */
  [key: symbol]: unknown
}

/** One end of a pair that libuv owns: never closed by its number, or the next owner loses it. */
export type StreamEnd = BareHandle | Socket

/**
 * Takes the handle out of a stream that is of no use from then on, as Node does itself when it sends
 * a stream to another process. The stream as it is, unref'ed, where that cannot be done: when it is
 * on its way or holds data, and when this Node does not have handles as we know them.
 */
export function bareEnd(socket: Socket): StreamEnd {
  const handle = handleOf(socket)
  ownerKey ??= findOwnerKey() ?? false
  if (
    ownerKey === false ||
    !isBareHandle(handle) ||
    handle[ownerKey] !== socket ||
    socket.connecting ||
    socket.readableLength + socket.writableLength > 0
  ) {
    // Or it would free the number by itself when the other end is gone.
    socket.allowHalfOpen = true
    socket.on('error', ignore)
    socket.unref()
    return socket
  }
  handle.readStop()
  handle.reading = false
  handle.unref()
  detach(socket, handle, ownerKey)
  return handle
}

/** The stream of an end, made where there is none: from here on it owns the handle. */
export function openEnd(end: StreamEnd): Socket {
  if (end instanceof Socket) return end
  const socket = streamOf(end, { readable: true, writable: true, allowHalfOpen: true })
  socket.on('error', ignore)
  return socket
}

/** At once, and at most once. */
export function closeEnd(end: StreamEnd): void {
  if (end instanceof Socket) end.destroy()
  else end.close()
}

/** Node tells the number of a stream's descriptor nowhere else. Undefined when it is closed. */
export function descriptorOf(end: StreamEnd): number | undefined {
  const fd = end instanceof Socket ? handleOf(end)?.fd : end.fd
  return fd === undefined || fd < 0 ? undefined : fd
}

interface HandleOwner {
  _handle?: Partial<BareHandle> | null
}

/** Undefined until it was looked for; false when this Node does not have handles as we know them. */
let ownerKey: symbol | false | undefined

/** Shows with a handle that is none that a stream takes one over, and where it notes itself in it. */
function findOwnerKey(): symbol | undefined {
  const handle: Record<symbol, unknown> = {}
  try {
    const socket = streamOf(handle, { readable: false, writable: false })
    const key = Object.getOwnPropertySymbols(handle).find((symbol) => handle[symbol] === socket)
    if (key === undefined || handleOf(socket) !== handle) return undefined
    detach(socket, handle, key)
    return key
  } catch {
    return undefined
  }
}

function streamOf(handle: object, options: SocketConstructorOpts): Socket {
  return new Socket({ ...options, handle } as SocketConstructorOpts)
}

function detach(socket: Socket, handle: Record<symbol, unknown>, key: symbol): void {
  ;(socket as unknown as HandleOwner)._handle = null
  handle[key] = undefined
  socket.destroy()
}

function handleOf(socket: Socket): Partial<BareHandle> | undefined {
  return (socket as unknown as HandleOwner)._handle ?? undefined
}

function isBareHandle(handle: Partial<BareHandle> | undefined): handle is BareHandle {
  return (
    typeof handle?.fd === 'number' &&
    typeof handle.readStop === 'function' &&
    typeof handle.unref === 'function' &&
    typeof handle.close === 'function'
  )
}
