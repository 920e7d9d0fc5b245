/** What the bench's processes say to each other. */

export type StackName = 'node:http2' | 'tsquic' | 'tsquic, dgram' | 'tsquic, ffi'

/** Who takes turns: by default, and where the ways to move datagrams are compared. */
export const stackPair: readonly StackName[] = ['node:http2', 'tsquic']
export const udpPair: readonly StackName[] = ['tsquic, dgram', 'tsquic, ffi']

/** From run.ts to server.ts. */
export type ServerOrder =
  | {
      readonly type: 'start'
      readonly stack: StackName
      readonly key: string
      readonly cert: string
    }
  | { readonly type: 'measureMemory' }

/** From server.ts to run.ts. */
export type ServerReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'memory'; readonly residentBytes: number }

export type Job = 'bulk' | 'requests' | 'handshakes' | 'idle'

/** From run.ts to client.ts. */
export interface ClientOrder {
  readonly stack: StackName
  readonly job: Job
  readonly port: number
  readonly ca: string
}

/** From client.ts to run.ts. */
export type ClientReport =
  | { readonly type: 'result'; readonly value: number }
  /** The connections of an idle job are about to be opened, and are all open. */
  | { readonly type: 'warm' }
  | { readonly type: 'open' }

/** The path of a body of so many bytes. */
export const bodyPath = (length: number): string => `/${length}`

export const bulkBytes = 400_000_000
export const smallBytes = 100
export const idleConnections = 500
