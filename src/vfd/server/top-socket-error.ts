/** Why there can be no socket for `tsquic top`: Node's code, and the file that it is about. */
export class TopSocketError extends Error {
  override name = 'TopSocketError'
  readonly code: string
  readonly path: string

  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.path = path
  }
}
