import { pipeline, type Readable } from 'node:stream'
import { ByteLengthQueuingStrategy, ReadableStream } from 'node:stream/web'
import { createBrotliDecompress, createInflate, createUnzip } from 'node:zlib'
import { HIGH_WATER_MARK } from './body-reader.ts'

/** More codings on top of each other than anybody needs; each one multiplies what bytes blow up to. */
const MAX_CODINGS = 5

/**
 * A response's body as a web stream, freed of the codings that its `content-encoding` names, as fetch
 * does. A coding that we do not know leaves the bytes as they are.
 */
export function decodedBody(message: Readable, encoding: string | null): ReadableStream {
  const codings = (encoding ?? '').split(',').map((coding) => coding.trim().toLowerCase())
  if (codings.length > MAX_CODINGS) {
    const error = new TypeError(`More than ${MAX_CODINGS} content codings`)
    message.destroy(error)
    return toWeb(message)
  }
  let readable = message
  for (const coding of codings.reverse()) {
    const decoder = decoderOf(coding)
    if (decoder === undefined) break
    // What goes wrong is seen at the end of the chain.
    readable = pipeline(readable, decoder, ignore)
  }
  return toWeb(readable)
}

function decoderOf(coding: string): ReturnType<typeof createUnzip> | undefined {
  if (coding === 'gzip' || coding === 'x-gzip') return createUnzip()
  if (coding === 'deflate') return createInflate()
  if (coding === 'br') return createBrotliDecompress()
  return undefined
}

function toWeb(readable: Readable): ReadableStream {
  let over = false
  return new ReadableStream(
    {
      start(controller) {
        readable.on('data', (chunk: Buffer) => {
          controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
          if ((controller.desiredSize ?? 0) <= 0) readable.pause()
        })
        readable.pause()
        readable.on('end', () => {
          if (!over) controller.close()
          over = true
        })
        readable.on('error', (error) => {
          if (!over) controller.error(error)
          over = true
        })
        readable.on('close', () => {
          if (!over) controller.error(new TypeError('terminated'))
          over = true
        })
      },
      pull() {
        readable.resume()
      },
      cancel() {
        over = true
        readable.destroy()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
  )
}

function ignore(): void {}
