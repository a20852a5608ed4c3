import type { FinishedStatus, JobsOptions, RepeatableOptions } from 'bullmq'
import { BackendReads } from './backend-reads.ts'
import { cleanJobs, drain, obliterate } from './clean.ts'
import { deleteDedupKey, deleteDedupKeyOf } from './dedup-key.ts'
import { appendEvent, trimEvents } from './events.ts'
import { removeMeta, setMeta, setPaused } from './queue-settings.ts'
import { endWindow, fillWindow } from './rate-limit.ts'
import { moveBatchToWait } from './retry-job.ts'
import { continueScheduler, removeScheduler, upsertScheduler } from './scheduler.ts'

/** The part of a backend that changes a queue as a whole: settings, bulk moves, schedulers, events. */
export class BackendAdministration extends BackendReads {
  async pause(pause: boolean): Promise<void> {
    await this.change((tx, queue) => setPaused(tx, queue, pause))
  }

  async setQueueMeta(values: Record<string, string | number>): Promise<number> {
    return this.change((tx, queue) => setMeta(tx, queue, values))
  }

  async removeQueueMetaFields(fields: string[]): Promise<number> {
    return this.change((tx, queue) => removeMeta(tx, queue, fields))
  }

  async setRateLimit(durationMs: number): Promise<void> {
    await this.change((tx, queue) => fillWindow(queue, durationMs, tx.now))
  }

  async removeRateLimitKey(): Promise<number> {
    return this.change((tx, queue) => {
      tx.wake(queue)
      return endWindow(queue, tx.now)
    })
  }

  async retryFinishedJobs(
    state: FinishedStatus = 'failed',
    count = 1_000,
    timestamp = this.file.now(),
  ): Promise<number> {
    const batch = { from: state, until: timestamp, count }
    return this.change((tx, queue) => moveBatchToWait(tx, queue, batch))
  }

  async promoteJobs(count = 1_000): Promise<number> {
    const batch = { from: 'delayed', until: Number.MAX_VALUE, count } as const
    return this.change((tx, queue) => moveBatchToWait(tx, queue, batch))
  }

  async drain(withDelayed: boolean): Promise<void> {
    await this.change((tx, queue) => drain(tx, queue, withDelayed))
  }

  async cleanJobsByState(state: string, until: number, limit = 0): Promise<string[]> {
    return this.change((tx, queue) => cleanJobs(tx, queue, { state, until, limit }))
  }

  async obliterate(options: { force: boolean; count: number }): Promise<number> {
    return this.change((tx, queue) => obliterate(tx, queue, options))
  }

  async addJobScheduler(
    id: string,
    nextRun: number,
    templateData: string,
    templateOpts: JobsOptions,
    rule: RepeatableOptions,
    options: JobsOptions,
  ): Promise<[string, number]> {
    const definition = { id, nextRun, rule, templateData, templateOpts }
    return this.change((tx, queue) => upsertScheduler(tx, queue, definition, options))
  }

  async updateJobSchedulerNextMillis(
    id: string,
    runAt: number,
    _templateData: string,
    options: JobsOptions,
    producerId?: string,
  ): Promise<string | null> {
    return this.change((tx, queue) =>
      continueScheduler(tx, queue, { id, runAt, producerId }, options),
    )
  }

  async removeJobScheduler(id: string): Promise<number> {
    return this.change((tx, queue) => removeScheduler(tx, queue, id))
  }

  async removeDeduplicationKey(id: string, jobId: string): Promise<number> {
    return this.change((tx, queue) => deleteDedupKeyOf(tx, queue, id, jobId))
  }

  async deleteDeduplicationKey(id: string): Promise<number> {
    return this.change((tx, queue) => deleteDedupKey(tx, queue, id))
  }

  async publishEvent(fields: Record<string, string | number>, maxEvents: number): Promise<string> {
    const flat = Object.entries(fields).flatMap(([field, value]) => [field, String(value)])
    return this.change((tx, queue) => {
      const id = appendEvent(tx.database, queue, flat, tx.now)
      trimEvents(tx.database, queue, maxEvents)
      tx.announceEvents(queue)
      return id
    })
  }

  async trimEvents(maxEvents: number): Promise<number> {
    return this.change((tx, queue) => trimEvents(tx.database, queue, maxEvents))
  }

  /** A job is one row with its state; there is nothing that could be orphaned. */
  async removeOrphanedJobs(): Promise<number> {
    return 0
  }

  /** The key is a leftover of old versions on Redis; it has never been here. */
  async removeDeprecatedPriorityKey(): Promise<number> {
    return 0
  }
}
