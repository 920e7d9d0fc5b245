import type { Field } from '../qpack/index.ts'

/** What HTTP/3 tells the application, drained by `H3Connection.poll()`; plain data. */
export type H3Event =
  /** The peer's SETTINGS: identifier to value; unknown identifiers are in it. */
  | { readonly type: 'settings'; readonly settings: ReadonlyMap<number, number> }
  /** A request (on a server) or a final response (on a client). */
  | {
      readonly type: 'headers'
      readonly id: number
      readonly fields: readonly Field[]
      /**
       * True when the message is known to have no body and no trailers: no `ended` follows then.
       * False where its end has not come yet.
       */
      readonly ended: boolean
    }
  /** A 1xx response. */
  | { readonly type: 'informational'; readonly id: number; readonly fields: readonly Field[] }
  /** `readBody` has something. Not repeated until it has returned undefined. */
  | { readonly type: 'bodyReadable'; readonly id: number }
  | { readonly type: 'trailers'; readonly id: number; readonly fields: readonly Field[] }
  /** The whole message has been received and its body read. */
  | { readonly type: 'ended'; readonly id: number }
  /** `sendData` had returned false; there is room again. */
  | { readonly type: 'writable'; readonly id: number }
  /**
   * The message will not be completed: the peer reset it, or it was malformed and we did. What we
   * were still sending has been reset too. On a client H3_REQUEST_REJECTED means that the request
   * may be sent again.
   */
  | {
      readonly type: 'aborted'
      readonly id: number
      readonly errorCode: number
      readonly remote: boolean
      readonly reason: string
    }
  /** The peer does not want (the rest of) what we send on this stream. */
  | { readonly type: 'stopped'; readonly id: number; readonly errorCode: number }
  /** The last event of a request stream: both directions are over. */
  | { readonly type: 'closed'; readonly id: number }
  /** `request` had returned undefined; another try may succeed. */
  | { readonly type: 'requestsAvailable' }
  /** The peer's GOAWAY: on a client, requests from this stream id on were not processed. */
  | { readonly type: 'goaway'; readonly id: number }
