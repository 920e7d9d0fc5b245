import type { Field } from '../../qpack/index.ts'
import type { Dispatcher } from '../dispatch/index.ts'
import { dispatchAnswers } from '../dispatch/index.ts'
import type { WorkerPool } from '../workers/index.ts'
import type { Connections } from './connections.ts'
import { DispatchedStream, type DispatchListener } from './dispatched-stream.ts'
import type { DispatchRequest } from './options.ts'
import type { VfdSession } from './session.ts'

const NO_ERROR = 0x100
const REQUEST_REJECTED = 0x10b

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

  request(session: VfdSession, streamId: number, fields: readonly Field[], ended: boolean): void {
    const { connectedPump: pump, record, sessionId } = session
    const workerId = this.dispatcher.dispatch(session, { streamId, fields })
    if (record === undefined || workerId < 0) {
      if (workerId === dispatchAnswers.close) this.connections.close(sessionId, true)
      else {
        this.counters.dropped++
        // RFC 9114 §4.1.1: not processed, so that the client may send it again.
        pump.h3.resetStream(streamId, REQUEST_REJECTED)
        pump.h3.stopReading(streamId, NO_ERROR)
        pump.touch()
      }
      return
    }
    this.counters.dispatched++
    record.lastDispatchTime = performance.now()
    const stream = new DispatchedStream(pump, streamId, ended, this.listenerFor(session))
    pump.streams.set(streamId, stream)
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
        if (!room) connections.measure(session)
      },
      onLost: () => {
        counters.lost++
      },
    }
  }
}
