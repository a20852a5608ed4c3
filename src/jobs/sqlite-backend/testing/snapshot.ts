import type { JobType, Queue } from 'bullmq'

/** Everything that can be asked about a queue and its jobs, in a form that can be compared. */

const types: JobType[] = [
  'waiting',
  'active',
  'prioritized',
  'delayed',
  'waiting-children',
  'completed',
  'failed',
]

export interface Snapshot {
  /** Every job by its id. */
  readonly jobs: Readonly<Record<string, unknown>>
  readonly [about: string]: unknown
}

export async function snapshotOf(queue: Queue): Promise<Snapshot> {
  const ids: Record<string, string[]> = {}
  for (const type of types) ids[type] = await queue.getRanges([type], 0, -1, true)
  const jobs: Record<string, unknown> = {}
  for (const id of Object.values(ids).flat()) jobs[id] = await describeJob(queue, id)
  const { version: _, ...meta } = await queue.getMeta()
  return {
    counts: await queue.getJobCounts(),
    perPriority: await queue.getCountsPerPriority([0, 1, 2, 3]),
    ids,
    pages: await pagesOf(queue),
    jobs,
    meta,
    isMaxed: await queue.isMaxed(),
    isRateLimited: (await queue.getRateLimitTtl()) > 0,
    dedup: await Promise.all([1, 2, 3, 4].map((n) => queue.getDeduplicationJobId(`dedup-${n}`))),
    schedulers: await queue.getJobSchedulers(0, -1, true),
    metrics: [await queue.getMetrics('completed'), await queue.getMetrics('failed')],
  }
}

/** Windows of the lists, from both ends. */
async function pagesOf(queue: Queue): Promise<unknown> {
  const pages: unknown[] = []
  for (const type of ['waiting', 'completed', 'delayed', 'prioritized'] as const) {
    pages.push(await idsOf(queue, type, 0, 1, false))
    pages.push(await idsOf(queue, type, 1, 3, true))
    pages.push(await idsOf(queue, type, -2, -1, false))
  }
  return pages
}

async function idsOf(queue: Queue, type: JobType, start: number, end: number, ascending: boolean) {
  return (await queue.getJobs([type], start, end, ascending)).map((job) => job.id)
}

async function describeJob(queue: Queue, id: string): Promise<unknown> {
  const job = await queue.getJob(id)
  if (!job) return 'missing'
  const dependencies = await job.getDependencies()
  return {
    // Redis cannot keep a null within the options of a job.
    ...JSON.parse(JSON.stringify(job, (_key, value) => value ?? undefined)),
    state: await job.getState(),
    isFinished: await outcomeOf(queue, id),
    logs: await queue.getJobLogs(id),
    newestLog: await queue.getJobLogs(id, 0, 0, false),
    dependencies: {
      processed: sortedEntries(dependencies.processed),
      unprocessed: dependencies.unprocessed?.toSorted(),
      failed: dependencies.failed?.toSorted(),
      ignored: sortedEntries(dependencies.ignored),
    },
    dependencyCounts: await job.getDependenciesCount(),
    childrenValues: sortedEntries(await job.getChildrenValues()),
  }
}

/** What a job came to; Redis leaves the value out for a job that is not done. */
async function outcomeOf(queue: Queue, id: string): Promise<unknown> {
  const outcome = await queue.getBackend().isFinished(id, true)
  return Array.isArray(outcome) ? [outcome[0], outcome[1] ?? ''] : outcome
}

function sortedEntries(record: Record<string, unknown> | undefined): [string, unknown][] {
  return Object.entries(record ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The event that separates the events of one operation from those of the next. */
const separator = 'operation-done'

export async function separateEvents(queue: Queue): Promise<void> {
  await queue.getBackend().publishEvent({ event: separator }, 100_000)
}

/** The whole event stream of a queue by operation, without the ids, which hold the server's time. */
export async function eventsByOperation(queue: Queue): Promise<Event[][]> {
  const operations: Event[][] = []
  let current: Event[] = []
  for (const event of await eventsOf(queue)) {
    if (event.event !== separator) current.push(event)
    else {
      operations.push(current)
      current = []
    }
  }
  return operations
}

type Event = Record<string, string>

async function eventsOf(queue: Queue): Promise<Event[]> {
  const events: Event[] = []
  let cursor = '0-0'
  for (;;) {
    const read = await queue.getBackend().readEvents(cursor, 1)
    const batch = read?.[0]?.[1] ?? []
    const last = batch.at(-1)
    if (!last) return events
    cursor = last[0]
    events.push(...batch.map(([, fields]) => toEvent(fields)))
  }
}

function toEvent(flat: readonly string[]): Event {
  const event: Event = {}
  for (let n = 0; n < flat.length; n += 2) event[flat[n] ?? ''] = flat[n + 1] ?? ''
  return event
}
