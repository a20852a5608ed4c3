import { sectionCount } from '../writing/brief.ts'
import { total } from '../writing/work.ts'
import type { Desk, State, Status } from './desk.ts'
import type { Manuscript } from './export.ts'

/** How far a batch is, article by article and as a whole. */
export async function batchView(desk: Desk, batch: string) {
  const statuses = await statusesOf(desk, batch)
  const counts: Partial<Record<State, number>> = {}
  for (const { state } of statuses) counts[state] = (counts[state] ?? 0) + 1
  return {
    batch,
    counts,
    isPaused: statuses.some(({ isPaused }) => isPaused),
    isOver: statuses.every(({ state }) => state !== 'waiting' && state !== 'writing'),
    spent: total(statuses.map(({ spent }) => spent)),
    budget: total(statuses.map(({ budget }) => budget)),
    articles: statuses.map((status) => ({
      id: status.id,
      title: status.article?.title ?? status.brief.topic,
      audience: status.brief.audience,
      state: status.state,
      progress: progressOf(status),
      notes: status.article?.report.notes ?? [],
    })),
  }
}

/** The articles of a batch that have something to export. */
export async function manuscripts(desk: Desk, batch: string): Promise<readonly Manuscript[]> {
  const statuses = await statusesOf(desk, batch)
  return statuses.flatMap(({ id, brief, article }) => (article ? [{ id, brief, article }] : []))
}

async function statusesOf(desk: Desk, batch: string): Promise<readonly Status[]> {
  // Oldest first, which is the order of the file.
  const entries = desk.list({ batch }).toReversed()
  const statuses = await Promise.all(entries.map(({ id }) => desk.status(id)))
  return statuses.filter((status) => status !== undefined)
}

/** From 0 to 1, by steps: outline, sections, review and head; revisions come in between. */
function progressOf({ state, steps, brief }: Status): number {
  if (state === 'waiting') return 0
  if (state !== 'writing') return 1
  const planned = 3 + sectionCount(brief)
  const done = steps.filter((step) => !step.startsWith('revision')).length
  return Math.min(0.98, done / planned)
}
