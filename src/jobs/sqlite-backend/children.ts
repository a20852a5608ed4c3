import type { DependenciesOpts, IQueueBackend, JobJson } from 'bullmq'
import type { Database } from './database.ts'
import { findJob, findWholeJob, toJobJson } from './job-row.ts'
import { nodeKey } from './keys.ts'
import type { ChildLine, ChildStatus } from './parent-link.ts'
import { type Window, windowOf } from './window.ts'

/** What BullMQ asks about a parent's children. */

export type Dependencies = Awaited<ReturnType<IQueueBackend['getDependencies']>>

/** A parent by its queue and id; it may be gone. */
export interface ParentAddress {
  readonly queueId: number
  readonly jobId: string
}

/** A child under its name in the whole file. */
interface NamedChild extends ChildLine {
  readonly key: string
}

/** BullMQ says `unprocessed` for what is stored as `pending`. */
const statusByType: Readonly<Record<string, ChildStatus>> = {
  processed: 'processed',
  unprocessed: 'pending',
  ignored: 'ignored',
  failed: 'failed',
}

/** How many children there are of each type. */
export function countChildren(
  database: Database,
  parent: ParentAddress,
  types: readonly string[],
): number[] {
  return types.map((type) => countStatus(database, parent, statusByType[type] ?? 'failed'))
}

/** The values that children of one status have left, by the child's name. */
export function childValues(
  database: Database,
  parent: ParentAddress,
  status: ChildStatus,
): Record<string, string> {
  return toValues(listChildren(database, parent, status))
}

/** The children by status: a page of each status that is asked for, or all of all. */
export function listDependencies(
  database: Database,
  parent: ParentAddress,
  options: DependenciesOpts = {},
): Dependencies {
  const { processed, unprocessed, ignored, failed } = options
  const result: Dependencies = {}
  if (!processed && !unprocessed && !ignored && !failed) {
    result.processed = toParsedValues(listChildren(database, parent, 'processed'))
    result.unprocessed = toKeys(listChildren(database, parent, 'pending'))
    result.failed = toKeys(listChildren(database, parent, 'failed'))
    result.ignored = toValues(listChildren(database, parent, 'ignored'))
    return result
  }
  if (processed) {
    const page = pageOf(database, parent, 'processed', processed)
    result.processed = toParsedValues(page.children)
    result.nextProcessedCursor = page.next
  }
  if (unprocessed) {
    const page = pageOf(database, parent, 'pending', unprocessed)
    result.unprocessed = toKeys(page.children)
    result.nextUnprocessedCursor = page.next
  }
  if (ignored) {
    const page = pageOf(database, parent, 'ignored', ignored)
    result.ignored = toValues(page.children)
    result.nextIgnoredCursor = page.next
  }
  if (failed) {
    const page = pageOf(database, parent, 'failed', failed)
    result.failed = toKeys(page.children)
    result.nextFailedCursor = page.next
  }
  return result
}

export type ChildPage = Awaited<ReturnType<IQueueBackend['paginate']>>

/** Which children a page is to hold, by index. */
export interface ChildPageRequest {
  readonly status: ChildStatus
  readonly start: number
  readonly end: number
  readonly withJobs: boolean
}

/** A page of children, with their results if they have any, and with their jobs if asked. */
export function pageChildren(
  database: Database,
  parent: ParentAddress,
  { status, start, end, withJobs }: ChildPageRequest,
): ChildPage {
  const total = countStatus(database, parent, status)
  const page = listChildren(database, parent, status, windowOf(start, end, total))
  return {
    cursor: '0',
    items: page.map((child) => (status === 'pending' ? { id: child.key } : toItem(child))),
    total,
    jobs: withJobs ? page.flatMap((child) => jobOf(database, child)) : [],
  }
}

function toItem({ key, value }: NamedChild): ChildPage['items'][number] {
  try {
    return { id: key, v: JSON.parse(value ?? 'null') }
  } catch (error) {
    // BullMQ reports a value that is no JSON in its place on the page instead of failing the page.
    return { id: key, err: error instanceof Error ? error.message : String(error) }
  }
}

function jobOf(database: Database, child: ChildLine): JobJson[] {
  const row = findWholeJob(database, child.queue, child.id)
  return row ? [toJobJson(row)] : []
}

function countStatus(database: Database, parent: ParentAddress, status: ChildStatus): number {
  const job = findJob(database, { id: parent.queueId }, parent.jobId)
  if (!job) return 0
  const sql = 'SELECT count(*) AS children FROM bullmq_child WHERE parent = ? AND status = ?'
  return database.get<{ children: number }>(sql, job.seq, status)?.children ?? 0
}

function listChildren(
  database: Database,
  parent: ParentAddress,
  status: ChildStatus,
  { offset, limit }: Window = { offset: 0, limit: -1 },
): NamedChild[] {
  const job = findJob(database, { id: parent.queueId }, parent.jobId)
  if (!job) return []
  const sql = `SELECT child.*, owner.name AS owner FROM bullmq_child AS child
    JOIN bullmq_queue AS owner ON owner.id = child.queue
    WHERE parent = ? AND status = ? ORDER BY child.queue, child.id LIMIT ? OFFSET ?`
  return database
    .all<ChildLine & { owner: string }>(sql, job.seq, status, limit, offset)
    .map((line) => ({ ...line, key: nodeKey(line.owner, line.id) }))
}

const defaultPageSize = 20

/** Cursors are offsets here; 0 says that the last page was read. */
function pageOf(
  database: Database,
  parent: ParentAddress,
  status: ChildStatus,
  { cursor = 0, count = defaultPageSize }: { cursor?: number; count?: number },
): { children: NamedChild[]; next: number } {
  const children = listChildren(database, parent, status, { offset: cursor, limit: count })
  const next = cursor + count
  return { children, next: next < countStatus(database, parent, status) ? next : 0 }
}

function toKeys(children: readonly NamedChild[]): string[] {
  return children.map(({ key }) => key)
}

function toValues(children: readonly NamedChild[]): Record<string, string> {
  return Object.fromEntries(children.map(({ key, value }) => [key, value ?? '']))
}

function toParsedValues(children: readonly NamedChild[]): Record<string, unknown> {
  return Object.fromEntries(children.map(({ key, value }) => [key, JSON.parse(value ?? 'null')]))
}
