import type { Field } from '../../qpack/index.ts'
import type { Dispatcher } from '../dispatch/index.ts'
import { dispatchAnswers } from '../dispatch/index.ts'
import type { WorkerPool } from '../workers/index.ts'
import type { Connections } from './connections.ts'
import { DispatchedStream, type DispatchListener } from './dispatched-stream.ts'
import type { DispatchRequest } from './options.ts'
import type { VfdSession } from './session.ts'

/** Counters since the start. */
export class RequestCounters {
  requests = 0
  dispatched = 0
  responses = 0
  dropped = 0
  lost = 0
}

/** Gives requests to workers, by the dispatch mode. */
export class RequestDispatch {
  private readonly pool: WorkerPool
  private readonly dispatcher: Dispatcher<DispatchRequest>
  private readonly connections: Connections
  private readonly counters: RequestCounters

  constructor(
    pool: WorkerPool,
    dispatcher: Dispatcher<DispatchRequest>,
    connections: Connections,
    counters: RequestCounters,
  ) {
    this.pool = pool
    this.dispatcher = dispatcher
    this.connections = connections
    this.counters = counters
  }

  /** Binds a connection to the worker of all its requests, if the mode has one, and tells that worker. */
  connect(session: VfdSession): void {
    if (!this.dispatcher.isSticky) return
    const workerId = this.dispatcher.dispatch(session)
    if (workerId < 0) return
    session.workerId = workerId
    this.pool.connected(workerId, session.sessionId, session.connectionInfo)
  }

  /** The stream of a request that a worker is to be chosen for. */
  stream(
    session: VfdSession,
    streamId: number,
    fields: readonly Field[],
    ended: boolean,
  ): DispatchedStream {
    const listener = this.listenerFor(session)
    return new DispatchedStream(session.connectedPump, streamId, fields, ended, listener)
  }

  /** Gives a request to a worker, unless the client has given it up already. */
  request(session: VfdSession, stream: DispatchedStream): void {
    const { record, sessionId } = session
    const { id: streamId, fields, ended } = stream
    if (stream.isOver) return
    if (record === undefined || record.closed) {
      stream.reject()
      return
    }
    const workerId = this.dispatcher.dispatch(session, { streamId, fields })
    if (workerId < 0) {
      this.counters.dropped++
      stream.reject()
      if (workerId === dispatchAnswers.close) this.connections.close(sessionId, true)
      return
    }
    this.counters.dispatched++
    record.lastDispatchTime = performance.now()
    const head = { sessionId, streamId, fields, ended, connection: session.connectionInfo }
    const request = this.pool.open(workerId, head, stream.response)
    if (request !== undefined) stream.attach(request)
    else stream.response.onLost(false)
  }

  private listenerFor(session: VfdSession): DispatchListener {
    const { connections, counters } = this
    return {
      onResponse: () => {
        counters.responses++
      },
      onQueued: (room) => {
        if (session.record === undefined) return
        session.record.lastSendTime = performance.now()
        if (!room) connections.pressure.measure(session)
      },
      onLost: () => {
        counters.lost++
      },
    }
  }
}
