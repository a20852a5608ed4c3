/** When a scheduler with a fixed interval runs next. */
export interface IntervalRule {
  readonly everyMs: number
  /** Shifts the runs against multiples of the interval since the epoch. */
  readonly offsetMs: number
  readonly startDate: number | undefined
}

export interface NextRun {
  readonly runAt: number
  readonly offsetMs: number
}

/**
 * The first run is at the start date, else at the next multiple of the interval plus offset, else
 * now. Later ones follow the last by one interval; runs that were missed are left out, and the rhythm
 * is kept.
 */
export function nextIntervalRun(
  rule: IntervalRule,
  lastRun: number | undefined,
  now: number,
): NextRun {
  const runAt = lastRun === undefined ? firstRun(rule, now) : followingRun(rule, lastRun, now)
  const offsetMs = rule.offsetMs || runAt % rule.everyMs
  return { runAt: Math.floor(runAt), offsetMs: Math.floor(offsetMs) }
}

function firstRun({ everyMs, offsetMs, startDate }: IntervalRule, now: number): number {
  if (startDate !== undefined) return Math.max(startDate, now)
  if (offsetMs <= 0) return now
  const aligned = lastMultiple(everyMs, now) + offsetMs
  return aligned <= now ? aligned + everyMs : aligned
}

function followingRun({ everyMs, offsetMs }: IntervalRule, lastRun: number, now: number): number {
  const following = lastRun + everyMs
  if (following >= now) return following
  const aligned = lastMultiple(everyMs, now) + offsetMs
  return aligned <= now ? aligned + everyMs : aligned
}

function lastMultiple(everyMs: number, now: number): number {
  return Math.floor(now / everyMs) * everyMs
}
