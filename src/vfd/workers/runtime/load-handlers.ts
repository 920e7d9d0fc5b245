import type { WorkerHandlers, WorkerModule } from '../handlers.ts'

/** Imports the module of a worker. Throws `TypeError` where its default export is no handler. */
export async function loadHandlers(url: string): Promise<WorkerHandlers> {
  const { default: handlers } = (await import(url)) as { default?: unknown }
  if (typeof handlers === 'function') return { request: handlers as RequestHandler }
  if (typeof handlers === 'object' && handlers !== null) return handlers as WorkerHandlers
  throw new TypeError(
    `The default export of ${url} is neither a function of (req, res) nor an object of handlers`,
  )
}

type RequestHandler = Extract<WorkerModule, (...args: never[]) => unknown>
