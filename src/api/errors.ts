import { type CloseInfo, defaultTransportConfig } from '../quic/index.ts'

/** RFC 9114 §8.1 and RFC 9204 §8.3, by wire code. */
const H3_NAMES: ReadonlyMap<number, string> = new Map([
  [0x100, 'H3_NO_ERROR'],
  [0x101, 'H3_GENERAL_PROTOCOL_ERROR'],
  [0x102, 'H3_INTERNAL_ERROR'],
  [0x103, 'H3_STREAM_CREATION_ERROR'],
  [0x104, 'H3_CLOSED_CRITICAL_STREAM'],
  [0x105, 'H3_FRAME_UNEXPECTED'],
  [0x106, 'H3_FRAME_ERROR'],
  [0x107, 'H3_EXCESSIVE_LOAD'],
  [0x108, 'H3_ID_ERROR'],
  [0x109, 'H3_SETTINGS_ERROR'],
  [0x10a, 'H3_MISSING_SETTINGS'],
  [0x10b, 'H3_REQUEST_REJECTED'],
  [0x10c, 'H3_REQUEST_CANCELLED'],
  [0x10d, 'H3_REQUEST_INCOMPLETE'],
  [0x10e, 'H3_MESSAGE_ERROR'],
  [0x10f, 'H3_CONNECT_ERROR'],
  [0x110, 'H3_VERSION_FALLBACK'],
  [0x200, 'QPACK_DECOMPRESSION_FAILED'],
  [0x201, 'QPACK_ENCODER_STREAM_ERROR'],
  [0x202, 'QPACK_DECODER_STREAM_ERROR'],
])

/** The alerts that a handshake with a sane peer can end in (RFC 9846 §6). */
const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [10, 'unexpected_message'],
  [40, 'handshake_failure'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [70, 'protocol_version'],
  [80, 'internal_error'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [112, 'unrecognized_name'],
  [116, 'certificate_required'],
  [117, 'general_error'],
  [120, 'no_application_protocol'],
])

export interface QuicErrorOptions extends ErrorOptions {
  readonly errorCode?: number
  readonly type?: 'transport' | 'application'
}

/**
 * What a session, a request or a response fails with.
 *
 * `code` is for programs: `ERR_QUIC_*` for the connection, `ERR_HTTP3_*` for one request, or the
 * certificate's own code (`CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, …) as in `node:tls`.
 * `errorCode` is the code on the wire, where there is one.
 */
export class QuicError extends Error {
  override name = 'QuicError'
  readonly code: string
  readonly errorCode: bigint | undefined
  readonly type: 'transport' | 'application' | undefined

  constructor(code: string, message: string, options?: QuicErrorOptions) {
    super(message, options)
    this.code = code
    this.errorCode = options?.errorCode === undefined ? undefined : BigInt(options.errorCode)
    this.type = options?.type
  }
}

/**
 * The error that a connection's end is for those who still wanted something of it.
 *
 * @param handshakeTimeout the limit in milliseconds, where another one than the default was set
 */
export function connectionError(
  info: CloseInfo,
  handshakeTimeout: number = defaultTransportConfig.handshakeTimeout,
): QuicError {
  const by = info.remote ? 'by the peer' : 'by this side'
  switch (info.kind) {
    case 'idleTimeout':
      return new QuicError('ERR_QUIC_IDLE_TIMEOUT', 'The peer was silent for too long')
    case 'handshakeTimeout':
      return new QuicError(
        'ERR_QUIC_HANDSHAKE_TIMEOUT',
        `No QUIC handshake within ${handshakeTimeout / 1000} s: nothing answers there, or UDP is blocked`,
      )
    case 'statelessReset':
      return new QuicError('ERR_QUIC_STATELESS_RESET', 'The peer has lost this connection')
    case 'versionNegotiation':
      return new QuicError('ERR_QUIC_VERSION_NEGOTIATION', 'The server does not speak QUIC v1')
    case 'transport':
      return transportError(info, by)
    case 'application': {
      const name = H3_NAMES.get(info.errorCode) ?? hex(info.errorCode)
      const options = errorOptions(info, 'application')
      const code =
        info.errorCode === 0x100 ? 'ERR_HTTP3_SESSION_CLOSED' : 'ERR_QUIC_APPLICATION_ERROR'
      return new QuicError(code, `Closed ${by} with ${name}${reasonOf(info.reason)}`, options)
    }
  }
}

function transportError(info: CloseInfo, by: string): QuicError {
  const options = errorOptions(info, 'transport')
  const { errorCode } = info
  if (errorCode >= 0x100 && errorCode <= 0x1ff) {
    const own = certificateError(info.cause)
    if (own !== undefined) return new QuicError(own.code, own.message, options)
    const alert = errorCode - 0x100
    const name = ALERT_NAMES.get(alert) ?? 'TLS alert'
    return new QuicError(
      'ERR_QUIC_TLS_ALERT',
      `The TLS handshake was refused ${by}: ${name} (alert ${alert})${reasonOf(info.reason)}`,
      options,
    )
  }
  return new QuicError(
    'ERR_QUIC_TRANSPORT_ERROR',
    `Closed ${by} with transport error ${hex(errorCode)}${reasonOf(info.reason)}`,
    options,
  )
}

/** The end of one request, by the code of its reset. */
export function streamError(errorCode: number, remote: boolean, reason: string): QuicError {
  const name = H3_NAMES.get(errorCode)
  const code = name?.startsWith('H3_') ? `ERR_HTTP3_${name.slice(3)}` : 'ERR_HTTP3_STREAM_RESET'
  const by = remote ? 'by the peer' : 'by this side'
  const message = `The stream was reset ${by} with ${name ?? hex(errorCode)}${reasonOf(reason)}`
  return new QuicError(code, message, { errorCode, type: 'application' })
}

/** As Node's own: name `AbortError`, code `ABORT_ERR`, the signal's reason as the cause. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  return Object.assign(error, { code: 'ABORT_ERR' })
}

/** Misuse of the API: a `TypeError` with a code. */
export function argumentError(code: string, message: string): TypeError & { code: string } {
  return Object.assign(new TypeError(message), { code })
}

/** For what user code throws in a listener: the process hears of it, the connection goes on. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

/** The error of TLS that names a certificate's defect: the cause itself, or what is behind it. */
function certificateError(cause: unknown): { code: string; message: string } | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const { code } = error as { code?: unknown }
    if (typeof code === 'string') return { code, message: error.message }
  }
  return undefined
}

function errorOptions(info: CloseInfo, type: 'transport' | 'application'): QuicErrorOptions {
  const base = { errorCode: info.errorCode, type }
  return info.cause === undefined ? base : { ...base, cause: info.cause }
}

/** A peer's words end up in logs and on terminals: what would break a line or steer a terminal is spelled out. */
function reasonOf(reason: string): string {
  if (reason === '') return ''
  const plain = reason.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
  return `: ${plain}`
}

function hex(code: number): string {
  return `0x${code.toString(16)}`
}
