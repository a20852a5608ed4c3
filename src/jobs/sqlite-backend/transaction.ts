import type { Database } from './database.ts'
import { flushEvents } from './events.ts'
import { type QueueState, readOrCreateQueue, readQueueById } from './queue-state.ts'

/**
 * One state transition: everything that it changes is committed together, and whoever waits for it
 * is woken after the commit and not before.
 */
export class Transaction {
  readonly database: Database
  /** Milliseconds since the epoch, the same for the whole transition. */
  readonly now: number
  /** Queues in which a job may have become ready to take, or due at another time. */
  readonly queuesToWake = new Set<string>()
  /** Queues whose event stream has grown. */
  readonly queuesWithEvents = new Set<string>()
  readonly #queues = new Map<string, QueueState>()

  constructor(database: Database, now: number) {
    this.database = database
    this.now = now
  }

  /** The queue of that qualified name, made if it is new. */
  queue(name: string): QueueState {
    return this.#queues.get(name) ?? this.#remember(readOrCreateQueue(this.database, name))
  }

  queueById(id: number): QueueState {
    for (const queue of this.#queues.values()) if (queue.id === id) return queue
    return this.#remember(readQueueById(this.database, id))
  }

  /** Asks that workers of the queue look again once this is committed. */
  wake(queue: QueueState): void {
    this.queuesToWake.add(queue.name)
  }

  /** Tells those who read the queue's events once this is committed. */
  announceEvents(queue: QueueState): void {
    this.queuesWithEvents.add(queue.name)
  }

  /** Writes what the queues have gathered: events and counters. */
  flush(): void {
    for (const queue of this.#queues.values()) {
      if (queue.newEvents.length > 0) this.announceEvents(queue)
      flushEvents(this.database, queue, this.now)
      queue.save(this.database)
    }
  }

  #remember(queue: QueueState): QueueState {
    this.#queues.set(queue.name, queue)
    return queue
  }
}
