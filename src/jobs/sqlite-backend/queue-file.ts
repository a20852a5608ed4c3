import { Checkpointer } from './checkpointer.ts'
import type { QueueClock } from './clock.ts'
import type { Database } from './database.ts'
import { EventLoopTurn } from './event-loop-turn.ts'
import { FileWatch } from './file-watch.ts'
import { openDatabase, type Synchronous } from './open-database.ts'
import { type QueueState, readQueue } from './queue-state.ts'
import { Transaction } from './transaction.ts'
import { type Asked, type Waiting, WakeUp } from './wake-up.ts'
import { type Attempt, WriteLine } from './write-line.ts'

export interface QueueFileOptions {
  readonly path: string
  readonly synchronous: Synchronous
  readonly pollMs: number
  readonly busyTimeoutMs: number
  readonly clock: QueueClock
}

/** What one can wait for in a queue; `rest` is waiting for nothing but the time. */
export type Occasion = 'job' | 'event' | 'rest'

/**
 * An open queue file, shared by all Queues, Workers and QueueEvents of this process that name the
 * same path: one connection, one watch, one checkpoint thread. It closes with its last user.
 */
export class QueueFile {
  readonly database: Database
  readonly #options: QueueFileOptions
  readonly #wakeUp: WakeUp
  readonly #watch: FileWatch
  readonly #checkpointer: Checkpointer
  readonly #turn: EventLoopTurn
  readonly #line: WriteLine
  #foreignVersion: number
  #users = 0

  private constructor(options: QueueFileOptions) {
    const { path, pollMs, busyTimeoutMs, clock } = options
    const database = openDatabase(path, { ...options, now: Math.floor(clock.now()) })
    this.#options = options
    this.database = database
    this.#foreignVersion = database.foreignVersion()
    this.#wakeUp = new WakeUp(clock)
    this.#turn = new EventLoopTurn(clock)
    this.#line = new WriteLine(clock, busyTimeoutMs)
    this.#watch = new FileWatch({
      path,
      pollMs,
      clock,
      isNeeded: () => this.#wakeUp.isAnyoneWaiting,
      look: () => this.#lookForForeignCommits(),
    })
    this.#checkpointer = new Checkpointer({
      path,
      busyTimeoutMs,
      finishHere: () => database.restartLog(),
    })
  }

  /** Opens the file, or joins those who have it open. Each user calls `release` once. */
  static acquire(options: QueueFileOptions): QueueFile {
    const file = openFiles.get(options.path) ?? new QueueFile(options)
    openFiles.set(options.path, file)
    file.#users += 1
    if (options.synchronous === 'full') file.database.script('PRAGMA synchronous = full')
    return file
  }

  get path(): string {
    return this.#options.path
  }

  /** Whole milliseconds, as BullMQ stamps its jobs. */
  now(): number {
    return Math.floor(this.#options.clock.now())
  }

  /**
   * Runs one state transition, commits it, and wakes whom it concerns: before the call returns,
   * unless another process is writing just now. Leaves the event loop to others if it was held long.
   *
   * @throws SqliteBackendError `LOCKED` when others kept the file locked for too long.
   */
  async transact<Result>(work: (tx: Transaction) => Result): Promise<Result> {
    const result = await this.#line.run(
      () => this.#tryToCommit(work),
      () => this.database.lockedError(),
    )
    await this.#turn.pauseNeeded()
    return result
  }

  /** The queue as it stands, for reading only; or nothing if no one has written to it. */
  readQueue(name: string): QueueState | undefined {
    return readQueue(this.database, name)
  }

  wait<Answer>(
    occasion: Occasion,
    queue: string,
    ask: () => Asked<Answer>,
    timeoutMs: number,
  ): Waiting<Answer> {
    this.#watch.arm()
    return this.#wakeUp.wait(channelOf(occasion, queue), ask, timeoutMs)
  }

  /** Gives the file up; the last one to do so closes it. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    openFiles.delete(this.path)
    await this.#close()
  }

  #tryToCommit<Result>(work: (tx: Transaction) => Result): Attempt<Result> {
    const tx = new Transaction(this.database, this.now())
    const writtenBefore = this.database.writtenRows
    const outcome = this.database.tryExclusively(() => {
      const value = work(tx)
      tx.flush()
      return value
    })
    if (outcome) this.#announce(tx, this.database.writtenRows > writtenBefore)
    return outcome
  }

  #announce(tx: Transaction, hasWritten: boolean): void {
    if (hasWritten) this.#checkpointer.noteCommit()
    for (const queue of tx.queuesToWake) this.#wakeUp.signalOne(channelOf('job', queue))
    for (const queue of tx.queuesWithEvents) this.#wakeUp.signalAll(channelOf('event', queue))
  }

  async #close(): Promise<void> {
    this.#watch.close()
    await this.#line.empty()
    await this.#checkpointer.close()
    this.database.close()
  }

  #lookForForeignCommits(): boolean {
    const version = this.database.foreignVersion()
    if (version === this.#foreignVersion) return false
    this.#foreignVersion = version
    this.#wakeUp.signalEvery((channel) => {
      if (channel.startsWith('job ')) this.#wakeUp.signalOne(channel)
      else this.#wakeUp.signalAll(channel)
    })
    return true
  }
}

/** The open files of this process, by canonical path. */
const openFiles = new Map<string, QueueFile>()

function channelOf(occasion: Occasion, queue: string): string {
  return `${occasion} ${queue}`
}
