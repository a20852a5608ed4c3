import type { JobJson, ParentKeyOpts } from 'bullmq'
import { deduplicate } from './deduplicate.ts'
import { enqueue, enqueueParent } from './enqueue.ts'
import { JobError } from './job-errors.ts'
import { findJob, type JobHead, parentOf } from './job-row.ts'
import { type NewJob, setParent } from './job-store.ts'
import { type ParentLink, parentKeyOf } from './keys.ts'
import { addPendingChild, findParent, findParentOf, writeChild } from './parent-link.ts'
import { releaseIfDone } from './parent-release.ts'
import type { QueueState } from './queue-state.ts'
import type { Transaction } from './transaction.ts'

/** How BullMQ wants a job added, apart from the job itself. */
export type AddOptions = Pick<ParentKeyOpts, 'addToWaitingChildren' | 'deferParentRelease'>

/**
 * Adds a job, unless its id or its deduplication id says that it is here already.
 *
 * @returns the id of the job, or of the one that stands in for it.
 * @throws JobError `missingParent` or `otherParent`.
 */
export function addJob(
  tx: Transaction,
  queue: QueueState,
  json: JobJson,
  wantedId: string | undefined,
  options: AddOptions = {},
): string {
  const parent = parentLinkOf(json)
  if (parent && !findParent(tx, parent)) throw missingParent(parent)
  const countedId = queue.nextJobId()
  const job = toNewJob(json, wantedId || countedId, parent)
  const existing = wantedId ? findJob(tx.database, queue, wantedId) : undefined
  if (existing) {
    adoptExisting(tx, queue, existing, parent, options)
    return existing.id
  }
  const standIn = standInFor(tx, queue, json, job, options)
  if (standIn !== undefined) return standIn
  if (options.addToWaitingChildren) enqueueParent(tx, queue, job)
  else enqueue(tx, queue, job, json.opts.lifo === true)
  if (parent) addPendingChild(tx, parent, queue, job.id)
  return job.id
}

function standInFor(
  tx: Transaction,
  queue: QueueState,
  json: JobJson,
  job: NewJob,
  { addToWaitingChildren }: AddOptions,
): string | undefined {
  const { deduplication } = json.opts
  if (!deduplication?.id) return undefined
  return deduplicate(tx, queue, { job, options: deduplication }, !addToWaitingChildren)
}

function parentLinkOf(json: JobJson): ParentLink | undefined {
  const { parent } = json
  return parent?.id === undefined ? undefined : { ...parent, id: parent.id }
}

function toNewJob(json: JobJson, id: string, parent: ParentLink | undefined): NewJob {
  return {
    id,
    name: json.name,
    data: json.data,
    opts: JSON.stringify(json.opts),
    timestamp: json.timestamp,
    delay: json.opts.delay ?? 0,
    priority: json.opts.priority ?? 0,
    parent,
    scheduler: json.repeatJobKey,
    dedup: json.opts.deduplication?.id,
  }
}

/**
 * A job of that id exists. It is not added again, but the parent that comes with this call gets it
 * as a child, done or not, unless it belongs to another living parent.
 */
function adoptExisting(
  tx: Transaction,
  queue: QueueState,
  existing: JobHead,
  parent: ParentLink | undefined,
  options: AddOptions,
): void {
  if (parent) {
    const known = parentOf(existing)
    const isOther = known !== undefined && parentKeyOf(known) !== parentKeyOf(parent)
    if (isOther && findParentOf(tx, existing)) throw otherParent(parent)
    linkExisting(tx, queue, existing, parent, options)
  }
  queue.emit('duplicated', { jobId: existing.id })
}

function linkExisting(
  tx: Transaction,
  queue: QueueState,
  existing: JobHead,
  parent: ParentLink,
  { deferParentRelease }: AddOptions,
): void {
  setParent(tx, existing.seq, parent)
  const row = findParent(tx, parent)
  if (!row || existing.state !== 'completed') {
    addPendingChild(tx, parent, queue, existing.id)
    return
  }
  writeChild(tx, row, { ...existing, status: 'processed', value: existing.return_value ?? 'null' })
  if (!deferParentRelease) releaseIfDone(tx, row)
}

function missingParent(parent: ParentLink): JobError {
  return new JobError('missingParent', { parentKey: parentKeyOf(parent), command: 'addJob' })
}

function otherParent(parent: ParentLink): JobError {
  return new JobError('otherParent', { parentKey: parentKeyOf(parent), command: 'addJob' })
}
