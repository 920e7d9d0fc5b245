import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { WorkerHandlers } from '../src/vfd/index.ts'

const root = await realpath(process.env.FILES_ROOT ?? '.')

/** The file that a path means, unless it leads out of the root. */
async function fileOf(url: string): Promise<string | undefined> {
  try {
    const { pathname } = new URL(url, 'https://localhost')
    const file = await realpath(join(root, decodeURIComponent(pathname)))
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

const handlers: WorkerHandlers = {
  async request(request, response) {
    const file = await fileOf(request.url)
    if (file === undefined) {
      response.statusCode = 404
      response.end('There is no such file\n')
      return
    }
    // A client that goes away in the middle is no mistake of ours.
    await pipeline(createReadStream(file), response).catch(() => {})
  },
}

export default handlers
