export type ArgumentErrorCode = 'ERR_INVALID_ARG_VALUE' | 'ERR_QUIC_CERT_KEY_MISMATCH'

/** Our own user gave us certificates, a key or a name that cannot be used. */
export class ArgumentError extends TypeError {
  readonly code: ArgumentErrorCode

  constructor(code: ArgumentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
