import type { DeletionReport } from '../conversation-store.ts'

/** What deleting a conversation deletes, by the names that reports use. */
const kinds = [
  'turns',
  'summaries',
  'pins',
  'workingStates',
  'idempotencyKeys',
  'events',
  'steps',
  'answers',
  'precomputed',
  'traces',
  'owners',
]

/** One report of several deletions; without any, it says 0 of each kind. */
export function sumReports(reports: readonly DeletionReport[]): DeletionReport {
  const sum = (kind: string) => reports.reduce((total, report) => total + (report[kind] ?? 0), 0)
  return Object.fromEntries(kinds.map((kind) => [kind, sum(kind)]))
}
