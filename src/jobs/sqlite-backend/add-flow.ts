import type { IQueueBackend } from 'bullmq'
import { addJob } from './add-job.ts'
import { JobError } from './job-errors.ts'
import { parentKeyOf, qualifiedName } from './keys.ts'
import { findParent } from './parent-link.ts'
import { releaseIfDone } from './parent-release.ts'
import type { Transaction } from './transaction.ts'

export type FlowEntries = Parameters<IQueueBackend['addFlow']>[0]
export type FlowResults = Awaited<ReturnType<IQueueBackend['addFlow']>>

/**
 * Adds a tree of jobs, parents before children, over as many queues as it spans.
 *
 * A node that is refused is reported by its number, as on Redis, and its descendants are then
 * refused for want of a parent; the other nodes are added. Parents are released only at the end, when
 * all their children are known.
 */
export function addFlow(tx: Transaction, entries: FlowEntries): FlowResults {
  const incompleteParents = new Set<string>()
  const results = entries.map((entry): FlowResults[number] => {
    try {
      return [null, addNode(tx, entry)]
    } catch (error) {
      if (!(error instanceof JobError)) throw error
      if (entry.parentKeyOpts.parentKey) incompleteParents.add(entry.parentKeyOpts.parentKey)
      return [null, error.code]
    }
  })
  for (const parent of parentsOf(entries)) {
    // A parent that a child could not be attached to must not run as if that child were done.
    if (incompleteParents.has(parentKeyOf(parent))) continue
    const row = findParent(tx, parent)
    if (row) releaseIfDone(tx, row)
  }
  return results
}

function addNode(tx: Transaction, entry: FlowEntries[number]): string {
  const queue = tx.queue(qualifiedName(entry.prefix, entry.queueName))
  return addJob(tx, queue, entry.jobData, entry.jobId, {
    ...entry.parentKeyOpts,
    deferParentRelease: true,
  })
}

function parentsOf(entries: FlowEntries) {
  const parents = new Map<string, { queueKey: string; id: string }>()
  for (const { jobData } of entries) {
    const { id, queueKey } = jobData.parent ?? {}
    if (id !== undefined && queueKey !== undefined)
      parents.set(`${queueKey}:${id}`, { queueKey, id })
  }
  return parents.values()
}
