import { READ, type Reactor, type ReadyList } from '../reactor/index.ts'
import type { ConnectionRecord } from './table/record.ts'

/**
 * How the loop learns that a connection has something to tell: by one doorbell for all, or by a byte
 * on the connection's own vfd. A byte costs about ten times as much; it is for those who watch the
 * vfds themselves.
 */
export type NotifyMode = 'doorbell' | 'fd'

export interface NotifierOptions<T> {
  readonly reactor: Reactor
  /** Default `doorbell`. */
  readonly notify?: NotifyMode
  readonly onReady: (record: ConnectionRecord<T>, kinds: number) => void
  /** The internal end of a vfd was closed by someone else. */
  readonly onLost: (record: ConnectionRecord<T>) => void
}

/**
 * Tells that records have events. Their kinds are in the record, never on the wire, so they add up:
 * at most one byte is unread on a vfd.
 */
export class Notifier<T> {
  /** Bytes that were written to vfds. */
  signals = 0
  private readonly options: NotifierOptions<T>
  private readonly list: ReadyList<ConnectionRecord<T>>

  constructor(options: NotifierOptions<T>) {
    this.options = options
    this.list = options.reactor.readyList(options.onReady)
  }

  /** What is notified from now on is gathered for `endTurn`, without a doorbell. */
  beginTurn(): void {
    this.list.hold()
  }

  /** Delivers what was gathered, up to what one turn may take; the doorbell brings the rest. */
  endTurn(): void {
    this.list.release()
  }

  /** To be called for a new record. Only with `notify: 'fd'` its vfd is opened and watched. */
  watch(record: ConnectionRecord<T>): void {
    const { reactor, notify, onReady, onLost } = this.options
    const socket = notify === 'fd' ? record.pair?.open() : undefined
    if (socket === undefined) return
    const { sessionId } = record
    const isCurrent = () => record.active && record.sessionId === sessionId
    reactor.add(
      record.vfd,
      socket,
      {
        read: () => {
          record.signalled = false
          const kinds = record.readyKinds
          record.readyKinds = 0
          if (kinds !== 0 && isCurrent()) onReady(record, kinds)
        },
        error: () => {
          reactor.del(record.vfd)
          if (isCurrent()) onLost(record)
        },
      },
      READ,
    )
  }

  /** To be called before a record is removed. */
  unwatch(record: ConnectionRecord<T>): void {
    if (this.options.notify === 'fd') this.options.reactor.del(record.vfd)
  }

  /** @param kinds bits, whatever they mean to `onReady` */
  notify(record: ConnectionRecord<T>, kinds: number): void {
    if (!this.options.reactor.isset(record.vfd)) {
      this.list.notify(record, kinds)
      return
    }
    record.readyKinds |= kinds
    if (record.signalled) return
    if (record.pair?.signal() === true) {
      record.signalled = true
      this.signals++
    }
  }
}
