import { type Candidate, settleOverlaps } from './candidate.ts'
import type { Detector } from './detector.ts'
import { decodeBase64, encoded } from './detectors/encoded-text.ts'
import { planScan, type ScanPlan } from './scan-plan.ts'
import { type Part, scanView } from './scan-view.ts'
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
 * Masking a value brings its neighbours nearer to a label, so the surroundings of what was found are
 * scanned again until nothing more is found: redacting a redacted text then changes nothing.
 */
const mostRounds = 8
/** No rule looks further from a value than this. */
const surroundings = 160
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
  let candidates = [...customCandidates(view, rules), ...builtIn(view, rules)]
  for (let round = 1; ; round++) {
    const found = settleOverlaps(candidates).filter(
      (candidate) => !isAllowed(view, candidate, rules.allow),
    )
    if (found.length === 0) break
    for (const candidate of found) spans.push(toSpan(view, candidate))
    if (round === mostRounds) break
    view = maskSpans(view, found)
    candidates = builtIn(view, rules, partsAround(found, view.text.length))
  }
  return spans.sort((a, b) => a.start - b.start)
}

function builtIn(view: TextView, rules: SpanRules, parts?: readonly Part[]): Candidate[] {
  return scanView(view, rules.plan, parts)
    .map((candidate) => (candidate.type === encoded ? decode(view, candidate, rules) : candidate))
    .map((candidate) => withoutBackslashes(view.text, candidate))
    .filter(
      ({ type, start, end }) =>
        end > start && rules.types.has(type) && !view.text.slice(start, end).includes(opaque),
    )
}

/** A span that ends inside a run of backslashes would leave half an escape behind. */
function withoutBackslashes(text: string, candidate: Candidate): Candidate {
  let { start, end } = candidate
  while (start < end && text.charCodeAt(start) === 0x5c) start++
  while (start < end && text.charCodeAt(end - 1) === 0x5c) end--
  return { ...candidate, start, end }
}

/** Encoded text bears the type of the first sensitive value in it; encoding inside it is not undone. */
function decode(view: TextView, candidate: Candidate, rules: SpanRules): Candidate {
  const text = decodeBase64(view.text.slice(candidate.start, candidate.end))
  const inner = scanView(viewText(text), rules.plan).find(({ type }) => rules.types.has(type))
  return inner ? { ...candidate, type: inner.type } : candidate
}

/** The surroundings of spans after each has become one unit. */
function partsAround(found: readonly Candidate[], length: number): Part[] {
  const parts: Part[] = []
  let shortened = 0
  for (const { start, end } of found) {
    const from = Math.max(0, start - shortened - surroundings)
    const to = Math.min(length, start - shortened + surroundings)
    const last = parts.at(-1)
    if (last && from <= last.end) parts[parts.length - 1] = { start: last.start, end: to }
    else parts.push({ start: from, end: to })
    shortened += end - start - 1
  }
  return parts
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
