import type { Plan } from '../writing/outline.ts'
import { type Cost, total } from '../writing/work.ts'
import type { DeskLine } from '../writing/workbench.ts'
import { openPauses, type Pauses } from './pauses.ts'

/** What is known of an article while it is written. */
interface Glance {
  readonly plan?: Plan
  readonly steps: readonly string[]
  /** By this version, without what it has taken over. */
  readonly spent: Cost
}

/** The desk's end of the line to the writing. */
export interface LiveLine extends DeskLine {
  readonly pauses: Pauses
  look(article: string): Glance
  /** A new version begins: what was seen of the one before is over. */
  begin(article: string): void
}

const nothing: Glance = { steps: [], spent: total([]) }

/** The line is there before the application, whose pipeline needs it. */
export async function openLine(file: string): Promise<LiveLine> {
  const pauses = await openPauses(file)
  const glances = new Map<string, Glance>()
  const look = (article: string) => glances.get(article) ?? nothing
  return {
    pauses,
    look,
    begin: (article) => glances.delete(article),
    isPaused: ({ article, batch }) =>
      pauses.has(article) || (batch !== undefined && pauses.has(batch)),
    planned: ({ article }, plan) => glances.set(article, { ...look(article), plan }),
    stepDone({ article }, step, { kept, cost }) {
      const { steps, spent, ...glance } = look(article)
      if (steps.includes(step)) return
      const sum = kept ? spent : total([spent, cost])
      glances.set(article, { ...glance, steps: [...steps, step], spent: sum })
    },
  }
}
