import type { JobSchedulerJobOptions, RepeatableOptions } from 'bullmq'
import { forgetDedup } from './deduplicate.ts'
import { enqueue } from './enqueue.ts'
import { JobError } from './job-errors.ts'
import { findJob } from './job-row.ts'
import { deleteJob } from './job-store.ts'
import type { QueueState } from './queue-state.ts'
import {
  advanceScheduler,
  deleteScheduler,
  iterationId,
  readScheduler,
  type SchedulerDefinition,
  type SchedulerRow,
  writeScheduler,
} from './scheduler-store.ts'
import { type NextRun, nextIntervalRun } from './scheduler-time.ts'
import type { Transaction } from './transaction.ts'

/**
 * Job schedulers make one job ahead: the job that runs makes the next one when it is taken. The id
 * of a job holds the scheduler and the time, so that no time is served twice.
 */

/** Options of a job that a scheduler makes. */
export type IterationOptions = JobSchedulerJobOptions & { readonly jobId?: string }

const command = 'addJobScheduler'

/** How many taken times an interval scheduler steps over before it gives up, as BullMQ does. */
const maxTakenSlots = 32

/**
 * Sets a scheduler up, or changes it, and makes its next job in place of the one that waits.
 *
 * @returns id and delay of the next job.
 * @throws JobError `takenIteration` or `takenSlots` when jobs of those times are there already.
 */
export function upsertScheduler(
  tx: Transaction,
  queue: QueueState,
  definition: SchedulerDefinition,
  options: IterationOptions,
): [jobId: string, delay: number] {
  const previous = readScheduler(tx.database, queue.id, definition.id)
  const wanted = wantedRun(tx, definition, previous, options)
  const replaced = previous !== undefined && removeUpcoming(tx, queue, previous)
  const rule = replaced ? definition.rule : withOffset(definition.rule, wanted.offsetMs)
  const keepsTime =
    replaced && rule.every !== undefined && rule.every === (previous.every ?? undefined)
  const runAt = freeTime(tx, queue, definition, keepsTime ? previous.next_run : wanted.runAt)
  writeScheduler(tx, queue, { ...definition, rule, nextRun: runAt })
  const delay = makeIteration(tx, queue, { ...definition, name: rule.name }, runAt, options)
  return [iterationId(definition.id, runAt), delay]
}

/**
 * Makes the job after the one that is being taken. Returns its id, or nothing when the scheduler is
 * gone, when `producerId` is not its current job, or when that time has its job already.
 */
export function continueScheduler(
  tx: Transaction,
  queue: QueueState,
  next: { readonly id: string; readonly runAt: number; readonly producerId: string | undefined },
  options: IterationOptions,
): string | null {
  const scheduler = readScheduler(tx.database, queue.id, next.id)
  if (!scheduler || next.producerId !== iterationId(next.id, scheduler.next_run)) return null
  const runAt = runAfter(tx, scheduler, next.runAt, options)
  const jobId = iterationId(next.id, runAt)
  if (findJob(tx.database, queue, jobId)) {
    queue.emit('duplicated', { jobId })
    return null
  }
  advanceScheduler(tx, queue, next.id, runAt)
  const template = {
    id: next.id,
    name: scheduler.name ?? '',
    templateData: scheduler.template_data ?? '{}',
  }
  makeIteration(tx, queue, template, runAt, options)
  return jobId
}

/** Removes a scheduler and its waiting job; returns 0, or 1 when there was no such scheduler. */
export function removeScheduler(tx: Transaction, queue: QueueState, id: string): number {
  const scheduler = readScheduler(tx.database, queue.id, id)
  if (!scheduler) return 1
  const upcoming = findJob(tx.database, queue, iterationId(id, scheduler.next_run))
  if (upcoming?.state === 'delayed') {
    deleteJob(tx, upcoming.seq)
    queue.emit('removed', { jobId: upcoming.id, prev: 'delayed' })
  }
  deleteScheduler(tx, queue, id)
  return 0
}

function wantedRun(
  tx: Transaction,
  { rule, nextRun }: SchedulerDefinition,
  previous: SchedulerRow | undefined,
  options: IterationOptions,
): NextRun {
  const offsetMs = rule.offset ?? options.repeat?.offset ?? 0
  if (rule.every === undefined) return { runAt: nextRun, offsetMs }
  // A new interval starts a new rhythm.
  const lastRun = previous && previous.every === rule.every ? previous.next_run : undefined
  const interval = { everyMs: rule.every, offsetMs, startDate: rule.startDate }
  return nextIntervalRun(interval, lastRun, tx.now)
}

function runAfter(
  tx: Transaction,
  scheduler: SchedulerRow,
  patternRunAt: number,
  options: IterationOptions,
): number {
  const everyMs = scheduler.every ?? options.repeat?.every
  if (!everyMs) return patternRunAt
  const interval = {
    everyMs,
    offsetMs: scheduler.offset ?? options.repeat?.offset ?? 0,
    startDate: scheduler.start_date ?? undefined,
  }
  return nextIntervalRun(interval, scheduler.next_run, tx.now).runAt
}

function withOffset(rule: RepeatableOptions, offset: number): RepeatableOptions {
  return { ...rule, offset }
}

/** Removes the job that the scheduler made ahead, unless it runs or has run; returns whether it did. */
function removeUpcoming(tx: Transaction, queue: QueueState, scheduler: SchedulerRow): boolean {
  const job = findJob(tx.database, queue, iterationId(scheduler.id, scheduler.next_run))
  if (!job || !['delayed', 'prioritized', 'waiting'].includes(job.state)) return false
  forgetDedup(tx, queue, job)
  deleteJob(tx, job.seq)
  return true
}

/** The time itself if it has no job yet; an interval scheduler may step on, a pattern may not. */
function freeTime(
  tx: Transaction,
  queue: QueueState,
  { id, rule }: SchedulerDefinition,
  runAt: number,
): number {
  const isTaken = (time: number) => findJob(tx.database, queue, iterationId(id, time)) !== undefined
  if (!isTaken(runAt)) return runAt
  if (rule.every === undefined) throw new JobError('takenIteration', { command })
  for (let step = 1; step <= maxTakenSlots; step++) {
    const time = runAt + step * rule.every
    if (!isTaken(time)) return time
  }
  throw new JobError('takenSlots', { command })
}

/** Adds the job for a time and returns its delay. */
function makeIteration(
  tx: Transaction,
  queue: QueueState,
  template: { readonly id: string; readonly name: string; readonly templateData: string },
  runAt: number,
  options: IterationOptions,
): number {
  const delay = Math.max(runAt - tx.now, 0)
  const id = iterationId(template.id, runAt)
  // The queue's count of jobs goes on although the id comes from the time.
  queue.nextJobId()
  const job = {
    id,
    name: template.name,
    data: template.templateData,
    opts: JSON.stringify({ ...options, delay, jobId: id }),
    timestamp: tx.now,
    delay,
    priority: options.priority ?? 0,
    scheduler: template.id,
    dedup: options.deduplication?.id,
  }
  enqueue(tx, queue, job, options.lifo === true)
  return delay
}
