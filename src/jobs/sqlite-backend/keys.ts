import type { ParentKeys } from 'bullmq'

/**
 * Names of queues and jobs across queues, spelled as on Redis, so that children keys in flows and
 * ids in logs stay the same when a program changes its datastore.
 */

export const defaultPrefix = 'bull'

/** The queue's name in the whole file: `bull:emails`. */
export function qualifiedName(prefix: string, queueName: string): string {
  return `${prefix}:${queueName}`
}

/** A job's name in the whole file: `bull:emails:42`. */
export function nodeKey(qualifiedQueue: string, jobId: string): string {
  return `${qualifiedQueue}:${jobId}`
}

/** A job's parent as BullMQ hands it over and as it is stored with the child. */
export interface ParentLink extends ParentKeys {
  id: string
}

export function parentKeyOf(parent: ParentLink): string {
  return nodeKey(parent.queueKey, parent.id)
}

export interface NodeAddress {
  readonly prefix: string
  readonly queueName: string
  readonly id: string
}

/**
 * Takes a job's name apart. Job ids may hold colons (`repeat:daily:1700000000000`), so the longest
 * part that is a known queue is the queue; without one, the id is what follows the last colon.
 */
export function parseNodeKey(key: string, isQueue: (name: string) => boolean): NodeAddress {
  const last = key.lastIndexOf(':')
  for (let end = last; end > 0; end = key.lastIndexOf(':', end - 1)) {
    if (isQueue(key.slice(0, end))) return splitAt(key, end)
  }
  return splitAt(key, last)
}

function splitAt(key: string, end: number): NodeAddress {
  const queue = key.slice(0, Math.max(end, 0))
  const colon = queue.lastIndexOf(':')
  return {
    prefix: queue.slice(0, Math.max(colon, 0)),
    queueName: queue.slice(colon + 1),
    id: key.slice(end + 1),
  }
}

/** The name under which a connection is listed, from which BullMQ's `getWorkers` finds its own. */
export function clientName(prefix: string, queueName: string, suffix = ''): string {
  return `${prefix}:${Buffer.from(queueName).toString('base64')}${suffix}`
}
