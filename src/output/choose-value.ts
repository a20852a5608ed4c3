import type { Document } from './find-documents.ts'
import type { Fault } from './node.ts'
import { misshapen } from './read-document.ts'
import { type Match, type Mismatch, type Reading, sameValue } from './reading.ts'
import type { RuleName } from './rule-names.ts'
import { type Change, type OutputCause, type OutputIssue, shorten } from './verdict.ts'

/** A value, or why there is none, before the user's own schema has judged. */
export type Mended = Match | Failed

export interface Failed {
  readonly ok: false
  readonly cause: OutputCause
  readonly issues: readonly OutputIssue[]
  /** Where in the text the failure shows. */
  readonly at: number
}

/** The one value that the documents leave; two different ones are ambiguous. */
export function chooseValue(
  text: string,
  readings: readonly Reading[],
  found: readonly Document[],
): Mended {
  const matches = readings.filter((reading): reading is Match => reading.ok)
  const [first, ...others] = matches
  if (first === undefined) return noMatch(readings, found[0]?.start ?? 0)
  if (others.some((other) => !sameValue(other.value, first.value))) {
    const issue: OutputIssue = {
      path: [],
      expected: 'one answer',
      got: `${matches.length} different answers`,
      message: 'the text holds more than one answer that fits',
    }
    return { ok: false, cause: 'ambiguous', issues: [issue], at: found[1]?.start ?? 0 }
  }
  // A document that a rule left open could be another answer.
  if (readings.some((reading) => !reading.ok && reading.ambiguous)) return noMatch(readings, 0)
  return withSurroundings(text, first, found)
}

/** The failure of the reading that came closest. */
export function noMatch(readings: readonly Reading[], at: number): Failed {
  const failures = readings.filter((reading): reading is Mismatch => !reading.ok)
  const ambiguous = failures.find((reading) => reading.ambiguous)
  const closest =
    ambiguous ??
    failures.reduce((left, right) => (right.issues.length < left.issues.length ? right : left))
  const cause = closest.isCut ? 'truncated' : ambiguous ? 'ambiguous' : 'schema'
  return { ok: false, cause, issues: closest.issues, at }
}

/** The failure that a fault of the syntax is. */
export function broken(text: string, fault: Fault): Failed {
  const got = shorten(text.slice(fault.at, fault.at + 80).trim(), 60)
  const issue: OutputIssue = { path: [], expected: 'valid JSON', got, message: fault.message }
  return { ok: false, cause: fault.cause, issues: [issue], at: fault.at }
}

/** The failure that a refusal in words is. */
export function refused(text: string): Failed {
  const got = shorten(text.trim(), 60)
  const issue: OutputIssue = { path: [], expected: 'an answer', got, message: 'the model declined' }
  return { ok: false, cause: 'refused', issues: [issue], at: 0 }
}

/** The text around the documents is the last change: it was left out. */
function withSurroundings(text: string, reading: Match, found: readonly Document[]): Mended {
  const start = found[0]?.start ?? 0
  const end = found.at(-1)?.parsed.end ?? text.length
  const unknown = reading.changes.find((change) => change.rule === 'unknown-key')
  if (unknown !== undefined && /^\s*[}\]]/.test(text.slice(end, end + 80))) {
    return noMatch([misshapen(unknown)], end)
  }
  const around = `${text.slice(0, start).trim()}${text.slice(end).trim()}`
  if (around === '') return reading
  return withChange(reading, 'surrounding-text', around)
}

/** The reading with a change of the whole text in front. */
export function withChange(reading: Match, rule: RuleName, before: string): Match {
  const change: Change = {
    path: [],
    rule,
    class: 'lossless',
    before: shorten(before, 120),
    after: undefined,
  }
  return { ...reading, changes: [change, ...reading.changes] }
}
