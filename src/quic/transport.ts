/**
 * What an application protocol (HTTP/3, hq-interop, a raw user) sees of one QUIC connection: streams
 * to read and write, and events to drain. `Connection` implements it; tests of h3 use a fake.
 */

export type StreamKind = 'bidi' | 'uni'

/** Why a connection ended. */
export interface CloseInfo {
  /** `transport` and `application`: a CONNECTION_CLOSE was sent or received; the rest: none was. */
  readonly kind:
    | 'transport'
    | 'application'
    | 'idleTimeout'
    | 'handshakeTimeout'
    | 'statelessReset'
    | 'versionNegotiation'
  /** The wire code (RFC 9000 §20); 0 where there is none. A TLS alert is 0x100 + the alert. */
  readonly errorCode: number
  /** UTF-8 of the peer, or our own words; at most 512 characters. */
  readonly reason: string
  /** Whether the peer closed. */
  readonly remote: boolean
  /** What we threw, when it was us. */
  readonly cause?: Error
}

export type ConnectionEvent =
  /** Keys of both sides are authenticated: requests may be sent (RFC 9001 §4.1.1). */
  | { readonly type: 'handshakeComplete' }
  /** RFC 9001 §4.1.2. */
  | { readonly type: 'handshakeConfirmed' }
  /** The peer opened a stream. Lower ids of its kind are announced when something comes on them. */
  | { readonly type: 'streamOpened'; readonly id: number }
  /** `read` has something, or the end is reached. Not repeated until `read` has returned undefined. */
  | { readonly type: 'streamReadable'; readonly id: number }
  /** `write` had returned false; there is room again. */
  | { readonly type: 'streamWritable'; readonly id: number }
  /** RESET_STREAM came: what was not read is gone. */
  | { readonly type: 'streamReset'; readonly id: number; readonly errorCode: number }
  /** STOP_SENDING came; our side has been reset with that code already. */
  | { readonly type: 'streamStopped'; readonly id: number; readonly errorCode: number }
  /** Both sides of the stream are over and its state is gone. The last event of that stream. */
  | { readonly type: 'streamClosed'; readonly id: number }
  /** `openStream` had returned undefined; the peer has allowed more. */
  | { readonly type: 'streamsAvailable'; readonly kind: StreamKind }
  /** A line of an NSS key log, without its line end; only where the config asks for it. */
  | { readonly type: 'keyLog'; readonly line: string }
  /** The last event of a connection. */
  | { readonly type: 'closed'; readonly info: CloseInfo }

export interface StreamTransport {
  readonly role: 'client' | 'server'
  /** The new stream's id; undefined while the peer's MAX_STREAMS is used up, or after close. */
  openStream(kind: StreamKind): number | undefined
  /**
   * Queues bytes and, with `fin`, the end. All of them are taken; the caller does not change them
   * afterwards. False when so much is queued that the caller should wait for `streamWritable`.
   * On a stream that is reset, stopped or closed the bytes are dropped and the answer is true.
   * Throws `RangeError` after `fin` or on a stream that we can't send on.
   */
  write(id: number, bytes: Uint8Array, fin: boolean): boolean
  /**
   * From now on what is written on one of our streams makes no packet of its own, nor a packet that
   * is only an acknowledgement into one that has to be acknowledged, until there is a lot of it. It
   * goes with the next packet that has something else to tell. For answers to what came.
   */
  setPatient(id: number): void
  /**
   * The next bytes in order (never empty), or undefined when there are none now. Reading gives the
   * peer credit: what is not read holds the peer back.
   */
  read(id: number): Uint8Array | undefined
  /** Whether the peer's FIN has come and every byte before it has been read. */
  readFinished(id: number): boolean
  /** RESET_STREAM: abandons our side. No effect once all was acknowledged. */
  reset(id: number, errorCode: number): void
  /** STOP_SENDING: asks the peer to abandon its side; what comes is dropped. */
  stopSending(id: number, errorCode: number): void
  /** CONNECTION_CLOSE with an application code; the rest of the connection's life needs no care. */
  close(errorCode: number, reason: string): void
}
