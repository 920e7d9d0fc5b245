import type { WorkerHandlers } from '../../vfd/index.ts'
import { echo, isEcho } from '../echo.ts'
import { ECHO_VARIABLE, ROOT_VARIABLE } from '../worker-environment.ts'
import { StaticFiles } from './static-files.ts'

let files: StaticFiles | undefined
const echoes = process.env[ECHO_VARIABLE] === '1'

const handlers: WorkerHandlers = {
  async start() {
    files = await StaticFiles.open(process.env[ROOT_VARIABLE] ?? '.')
  },
  request(request, response) {
    if (echoes && isEcho(request)) echo(request, response)
    else return files?.handle(request, response)
  },
}

/** What `tsquic serve --workers` runs in its workers. */
export default handlers
