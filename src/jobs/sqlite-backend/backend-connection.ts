import { EventEmitter } from 'node:events'
import type { KeysMap } from 'bullmq'
import { addClient, listClients, removeClients } from './clients.ts'
import type { Database } from './database.ts'
import { SqliteBackendError } from './errors.ts'
import { readEventsAfter, sequenceOf } from './events.ts'
import { countJobs, nextDueTime } from './job-row.ts'
import { clientName, type NodeAddress, nodeKey, parseNodeKey, qualifiedName } from './keys.ts'
import type { QueueFile } from './queue-file.ts'
import { isHeld } from './queue-settings.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'
import type { Asked, Waiting } from './wake-up.ts'

/** Which queue of which file a backend serves, and for whom. */
export interface ConnectionOptions {
  readonly file: QueueFile
  readonly prefix: string
  readonly queueName: string
  /** The name under which it is listed as a worker; others are not listed. */
  readonly listedAs?: string | undefined
  /** Whether closing this backend gives up the file; not so for the queues of a flow. */
  readonly ownsFile: boolean
}

/** The answer of `waitForJob`: BullMQ reads `score` as the time until which there is nothing to do. */
export interface JobSignal {
  readonly member: string
  readonly score: number
}

/** What Redis calls the stream in its reply; BullMQ does not look at it. */
const streamName = 'events'

/**
 * The part of a backend that is not about jobs: identity, life cycle, and waiting for jobs and
 * events.
 */
export class BackendConnection extends EventEmitter {
  readonly minimumBlockTimeout = 0.001
  /** Waiting costs nothing and is woken by what happens, so it may be long; in seconds. */
  readonly maximumBlockTimeout = 3_600
  readonly qualifiedName: string
  closing: Promise<void> | undefined
  protected readonly file: QueueFile
  readonly #options: ConnectionOptions
  readonly #waitings = new Set<Waiting<unknown>>()
  readonly #clients: number[] = []
  #isInterrupted = false
  /** The last event read: where the next read goes on without searching. */
  #cursor: { id: string; seq: number }

  constructor(options: ConnectionOptions) {
    super()
    this.#options = options
    this.file = options.file
    this.qualifiedName = qualifiedName(options.prefix, options.queueName)
    // `$` means from now on, and now is when the reader came, not when it first reads.
    this.#cursor = { id: '$', seq: this.file.readQueue(this.qualifiedName)?.lastEvent ?? 0 }
    if (options.listedAs !== undefined) this.#list(options.listedAs)
    if (options.ownsFile) queueMicrotask(() => this.emit('ready'))
  }

  /** Empty: jobs are rows here, not keys. */
  get keys(): KeysMap {
    return {}
  }

  toKey(type: string): string {
    return nodeKey(this.qualifiedName, type)
  }

  parseNodeKey(key: string): NodeAddress {
    return parseNodeKey(key, (name) => this.file.readQueue(name) !== undefined)
  }

  clientName(suffix = ''): string {
    return clientName(this.#options.prefix, this.#options.queueName, suffix)
  }

  async waitUntilReady(): Promise<void> {
    this.refuseIfClosed()
  }

  async setName(name: string): Promise<void> {
    this.refuseIfClosed()
    this.#list(name)
  }

  async getClientList(): Promise<string[]> {
    this.refuseIfClosed()
    return [listClients(this.file.database, this.file.now())]
  }

  async close(): Promise<void> {
    if (!this.#options.ownsFile) return
    this.closing ??= this.#close()
    await this.closing
  }

  /** Ends what this backend waits for. The file stays open until `close`. */
  async disconnect(): Promise<void> {
    for (const waiting of [...this.#waitings]) waiting.callOff()
  }

  async disconnectBlocking(): Promise<void> {
    this.#isInterrupted = true
    await this.disconnect()
  }

  async reconnectBlocking(): Promise<void> {
    this.#isInterrupted = false
  }

  /** Resolves as soon as a job can be taken or a delayed one is due, or with null after the time. */
  async waitForJob(blockTimeoutSeconds: number): Promise<JobSignal | null> {
    if (this.closing || this.#isInterrupted) return null
    const waiting = this.file.wait(
      'job',
      this.qualifiedName,
      () => this.#askForJob(),
      blockTimeoutSeconds * 1_000,
    )
    return this.#until(waiting)
  }

  /** The events after `id`, as soon as there are any, in the form of Redis's `XREAD`. */
  async readEvents(
    id: string,
    blockTimeoutMs: number,
  ): Promise<[string, [string, string[]][]][] | null> {
    if (this.closing) return null
    let seq = this.#sequenceAfter(id)
    const ask = (): Asked<[string, string[]][]> => {
      const queue = this.file.readQueue(this.qualifiedName)
      const events = queue ? readEventsAfter(this.file.database, queue.id, seq) : []
      const last = events.at(-1)
      if (!last) return {}
      seq = last.seq
      this.#cursor = last
      return { answer: events.map((event) => [event.id, event.fields]) }
    }
    const timeoutMs = blockTimeoutMs > 0 ? blockTimeoutMs : Number.POSITIVE_INFINITY
    const events = await this.#until(this.file.wait('event', this.qualifiedName, ask, timeoutMs))
    return events && [[streamName, events]]
  }

  /** Lets that time pass, or less if the backend is closed meanwhile. */
  protected async rest(ms: number): Promise<void> {
    await this.#until(this.file.wait('rest', this.qualifiedName, () => ({}), ms))
  }

  protected refuseIfClosed(): void {
    if (!this.closing) return
    throw new SqliteBackendError(
      'CLOSED',
      this.file.path,
      `The backend of queue ${this.#options.queueName} in ${this.file.path} is closed. ` +
        'Create a new Queue, Worker or QueueEvents to go on.',
    )
  }

  /** Runs a transition of this backend's queue in one transaction. */
  protected async change<Result>(
    work: (tx: Transaction, queue: QueueState) => Result,
  ): Promise<Result> {
    this.refuseIfClosed()
    return this.file.transact((tx) => work(tx, tx.queue(this.qualifiedName)))
  }

  /** Reads at one moment; the queue's number is 0, which no queue has, when no one has written to it. */
  protected look<Result>(read: (database: Database, queueId: number) => Result): Result {
    this.refuseIfClosed()
    const { database } = this.file
    return database.consistently(() => {
      const queue = this.file.readQueue(this.qualifiedName)
      return read(database, queue?.id ?? 0)
    })
  }

  #askForJob(): Asked<JobSignal> {
    const queue = this.file.readQueue(this.qualifiedName)
    if (!queue) return {}
    const { database } = this.file
    const dueAt = nextDueTime(database, queue.id)
    if (dueAt !== undefined && dueAt <= this.file.now()) {
      return { answer: { member: '1', score: dueAt } }
    }
    const ready =
      countJobs(database, queue.id, 'waiting') + countJobs(database, queue.id, 'prioritized')
    if (ready > 0 && !isHeld(database, queue)) return { answer: { member: '0', score: 0 } }
    return { askAgainAt: dueAt }
  }

  #sequenceAfter(id: string): number {
    if (id === '$' || id === this.#cursor.id) return this.#cursor.seq
    const queue = this.file.readQueue(this.qualifiedName)
    return queue ? sequenceOf(this.file.database, queue.id, id) : 0
  }

  async #until<Answer>(waiting: Waiting<Answer>): Promise<Answer | null> {
    this.#waitings.add(waiting)
    try {
      return await waiting.answered
    } finally {
      this.#waitings.delete(waiting)
    }
  }

  #list(name: string): void {
    this.#clients.push(addClient(this.file.database, name, this.file.now()))
  }

  async #close(): Promise<void> {
    await this.disconnect()
    try {
      removeClients(this.file.database, this.#clients)
    } finally {
      await this.file.release()
    }
    this.emit('close')
  }
}
