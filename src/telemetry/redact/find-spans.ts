import { type Candidate, settleOverlaps } from './candidate.ts'
import type { Detector } from './detector.ts'
import { planScan, type ScanPlan } from './scan-plan.ts'
import { scanView } from './scan-view.ts'
import {
  maskSpans,
  opaque,
  originalEnd,
  originalStart,
  type TextView,
  viewIndex,
  viewText,
} from './text-view.ts'

/** A sensitive span in offsets of the original text, with the value as matching saw it. */
export interface SensitiveSpan {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly value: string
}

/** What a caller's own detector returns, in UTF-16 offsets of the text it was given. */
export interface CustomSpan {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** Finds what the built-in rules cannot know, for example names from a model or a staff list. */
export type CustomDetector = (text: string) => Iterable<CustomSpan>

export interface SpanRules {
  readonly plan: ScanPlan
  readonly types: ReadonlySet<string>
  readonly custom: readonly CustomDetector[]
  readonly allow: readonly (string | RegExp)[]
}

/**
 * Masking a value brings its neighbours nearer to a label, so the result is scanned again until nothing
 * more is found: redacting a redacted text then changes nothing. Ordinary texts need two rounds.
 */
const mostRounds = 6
const customType = /^[A-Z][A-Z0-9_]{0,40}$/

export function spanRules(
  detectors: readonly Detector[],
  rules: Omit<SpanRules, 'plan'>,
): SpanRules {
  return { ...rules, plan: planScan(detectors) }
}

/** The sensitive spans of a text, disjoint and in order. */
export function findSpans(text: string, rules: SpanRules): SensitiveSpan[] {
  const spans: SensitiveSpan[] = []
  let view = viewText(text)
  let custom = customCandidates(view, rules)
  for (let round = 0; round < mostRounds; round++) {
    const found = settleOverlaps([...custom, ...builtIn(view, rules)]).filter(
      (candidate) => !isAllowed(view, candidate, rules.allow),
    )
    if (found.length === 0) break
    for (const candidate of found) spans.push(toSpan(view, candidate))
    view = maskSpans(view, found)
    custom = []
  }
  return spans.sort((a, b) => a.start - b.start)
}

function builtIn(view: TextView, rules: SpanRules): Candidate[] {
  return scanView(view, rules.plan).filter(
    ({ type, start, end }) =>
      rules.types.has(type) && !view.text.slice(start, end).includes(opaque),
  )
}

function customCandidates(view: TextView, rules: SpanRules): Candidate[] {
  return rules.custom.flatMap((detect) =>
    Array.from(detect(view.original), ({ type, start, end }) => {
      if (!customType.test(type) || !(start >= 0 && start < end && end <= view.original.length)) {
        throw new RangeError(
          `custom detector returned type "${type}" at ${start}–${end}; types are CAPITALS_WITH_UNDERSCORES and offsets lie in the text`,
        )
      }
      const from = viewIndex(view, start)
      const to = Math.max(from, viewIndex(view, end - 1)) + 1
      return { type, start: from, end: to, evidence: 'check' as const }
    }),
  )
}

function isAllowed(
  view: TextView,
  { start, end }: Candidate,
  allow: readonly (string | RegExp)[],
): boolean {
  if (allow.length === 0) return false
  const value = view.text.slice(start, end)
  return allow.some((entry) =>
    typeof entry === 'string'
      ? entry === value
      : new RegExp(entry.source, entry.flags.replace(/[gy]/g, '')).test(value),
  )
}

function toSpan(view: TextView, { type, start, end }: Candidate): SensitiveSpan {
  return {
    type,
    start: originalStart(view, start),
    end: originalEnd(view, end),
    value: view.text.slice(start, end),
  }
}
