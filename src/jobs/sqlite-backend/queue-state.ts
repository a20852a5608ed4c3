import type { Database } from './database.ts'

/**
 * The row of one queue as a transaction works on it: read once, changed in memory, written back once
 * before the commit. It counts job ids, turns and events, and holds the settings that every
 * transition looks at.
 */
export class QueueState {
  readonly id: number
  /** With its prefix: `bull:emails`. */
  readonly name: string
  /** The settings in BullMQ's spelling, values as strings: `paused`, `concurrency`, `max`, … */
  readonly meta: Map<string, string>
  limiterCount: number
  limiterUntil: number
  stalledCheckUntil: number
  /** Events of this transaction, in order, as BullMQ's flat field lists. */
  readonly newEvents: string[][] = []
  lastEvent: number
  lastEventAt: number
  #lastJob: number
  #turn: number
  #written: string

  constructor(row: QueueRow) {
    this.id = row.id
    this.name = row.name
    this.meta = new Map(Object.entries<string>(JSON.parse(row.meta)))
    this.limiterCount = row.limiter_count
    this.limiterUntil = row.limiter_until
    this.stalledCheckUntil = row.stalled_check_until
    this.lastEvent = row.last_event
    this.lastEventAt = row.last_event_at
    this.#lastJob = row.last_job
    this.#turn = row.turn
    this.#written = this.#fingerprint()
  }

  nextJobId(): string {
    this.#lastJob += 1
    return String(this.#lastJob)
  }

  /** A number larger than any before: what comes later stands behind. */
  nextTurn(): number {
    this.#turn += 1
    return this.#turn
  }

  /** Notes an event; it reaches `QueueEvents` when the transaction commits. */
  emit(event: string, fields: Readonly<Record<string, string | number>> = {}): void {
    const flat = ['event', event]
    for (const [field, value] of Object.entries(fields)) flat.push(field, String(value))
    this.newEvents.push(flat)
  }

  get isPaused(): boolean {
    return this.meta.has('paused')
  }

  /** The greatest number of jobs that may be active at once over all workers, if one is set. */
  get concurrency(): number | undefined {
    return numberOf(this.meta.get('concurrency'))
  }

  /** The global rate limit's jobs per window, if one is set. */
  get rateLimitMax(): number | undefined {
    return numberOf(this.meta.get('max'))
  }

  get rateLimitDurationMs(): number | undefined {
    return numberOf(this.meta.get('duration'))
  }

  /** How many events `QueueEvents` can look back; BullMQ's default is 10,000. */
  get maxEvents(): number {
    const known = numberOf(this.meta.get('opts.maxLenEvents'))
    if (known !== undefined) return known
    this.meta.set('opts.maxLenEvents', '10000')
    return 10_000
  }

  /** Starts counting job ids anew, for a queue that was obliterated. Turns and events count on. */
  forgetJobs(): void {
    this.#lastJob = 0
    this.limiterCount = 0
    this.limiterUntil = 0
    this.stalledCheckUntil = 0
    this.meta.clear()
  }

  /** Writes the row back if anything changed. */
  save(database: Database): void {
    const current = this.#fingerprint()
    if (current === this.#written) return
    this.#written = current
    database.run(
      `UPDATE bullmq_queue SET meta = ?, last_job = ?, turn = ?, last_event = ?, last_event_at = ?,
        limiter_count = ?, limiter_until = ?, stalled_check_until = ? WHERE id = ?`,
      this.#metaJson(),
      this.#lastJob,
      this.#turn,
      this.lastEvent,
      this.lastEventAt,
      this.limiterCount,
      this.limiterUntil,
      this.stalledCheckUntil,
      this.id,
    )
  }

  #metaJson(): string {
    return JSON.stringify(Object.fromEntries(this.meta))
  }

  #fingerprint(): string {
    return [
      this.#metaJson(),
      this.#lastJob,
      this.#turn,
      this.lastEvent,
      this.limiterCount,
      this.limiterUntil,
      this.stalledCheckUntil,
    ].join()
  }
}

interface QueueRow {
  readonly id: number
  readonly name: string
  readonly meta: string
  readonly last_job: number
  readonly turn: number
  readonly last_event: number
  readonly last_event_at: number
  readonly limiter_count: number
  readonly limiter_until: number
  readonly stalled_check_until: number
}

/** Reads a queue's row, or nothing for a queue that no one has written to. */
export function readQueue(database: Database, name: string): QueueState | undefined {
  const row = database.get<QueueRow>('SELECT * FROM bullmq_queue WHERE name = ?', name)
  return row && new QueueState(row)
}

/** Reads a queue's row and makes it first where it is missing; only within a transaction. */
export function readOrCreateQueue(database: Database, name: string): QueueState {
  const known = readQueue(database, name)
  if (known) return known
  database.run('INSERT INTO bullmq_queue (name) VALUES (?)', name)
  const created = readQueue(database, name)
  if (!created) throw new Error(`The row of queue ${name} is gone right after it was written.`)
  return created
}

export function readQueueById(database: Database, id: number): QueueState {
  const row = database.get<QueueRow>('SELECT * FROM bullmq_queue WHERE id = ?', id)
  if (!row)
    throw new Error(`The queue file ${database.path} refers to a queue ${id} it does not hold.`)
  return new QueueState(row)
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
