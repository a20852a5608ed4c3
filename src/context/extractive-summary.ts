/**
 * A summary without a model: the sentences that most likely matter later, as they were said. It
 * stands in where no summariser is configured or each attempt of one failed, so that what leaves the
 * window is always covered by something.
 */
import type { Summary, Turn } from '../model/conversation.ts'
import { rangeOf } from './accept-summary.ts'
import { countTokens } from './count-tokens.ts'
import { recordLine, spokenText } from './recalled-text.ts'
import { defaultSummaryTokens } from './summary-request.ts'
import {
  parseSummary,
  renderSummary,
  type SummaryContent,
  summarySections,
} from './summary-text.ts'
import { sumTokens } from './token-count.ts'

interface Candidate {
  readonly section: keyof SummaryContent
  readonly entry: string
  readonly score: number
  readonly order: number
}

const decided =
  /\b(?:decid|agree|chose|choose|will |we['’]ll|let['’]s|going to|promis|deadline|must|plan to)/i
const prefers =
  /\b(?:prefer|favou?rite|love|like to|hate|dislike|allergic|always|never|don['’]t want|please (?:call|use|do))/i
const specific = /\d|[A-Z]{2,}|"[^"]+"|@|https?:/
const negated = /\b(?:not|no longer|never|cannot|without)\b|n['’]t\b/i
const longestEntry = 240
/** A shorter sentence is a greeting or a nod more often than not. */
const shortestSentence = 12
/** What an entry loses with each summary that it is carried into, so that new ones get their turn. */
const fading = 0.3

/** Takes sentences until `maxTokens` (default 600), or half of what they stand for, is full. */
export function extractiveSummary(
  turns: readonly Turn[],
  previous: Summary | undefined,
  options: { readonly nowMs: number; readonly maxTokens?: number },
): Summary {
  const limit = Math.min(options.maxTokens ?? defaultSummaryTokens, halfOf(turns, previous))
  const kept = previous ? keptFrom(previous) : []
  const found = turns.flatMap((turn, at) => candidatesOf(turn, kept.length + at))
  const text = renderSummary(contentOf(fitting([...kept, ...found], limit)))
  return {
    ...rangeOf(turns, previous),
    text,
    tokens: countTokens(text),
    createdAtMs: options.nowMs,
    writtenBy: 'extractive',
  }
}

function halfOf(turns: readonly Turn[], previous: Summary | undefined): number {
  const before = previous ? sumTokens(previous.tokens) : 0
  return Math.ceil(turns.reduce((sum, turn) => sum + sumTokens(turn.tokens), before) / 2)
}

function keptFrom(previous: Summary): Candidate[] {
  const content = parseSummary(previous.text)
  return summarySections
    .flatMap((section) => content[section].map((entry) => ({ section, entry })))
    .map((each, order) => ({ ...each, score: worthOf(each.entry) - fading, order }))
}

/** The most telling sentence of a turn in each section that it has something for. */
function candidatesOf(turn: Turn, order: number): Candidate[] {
  if (turn.message.role === 'tool') return []
  const best = new Map<keyof SummaryContent, Candidate>()
  for (const sentence of spokenText(turn.message).split(/(?<=[.!?。！？])\s+|\n+/)) {
    const said = sentence.trim().slice(0, longestEntry)
    if (said === '') continue
    const section = sectionOf(said)
    const score = worthOf(said)
    if (score <= (best.get(section)?.score ?? 0)) continue
    best.set(section, { section, score, entry: recordLine(turn.message, said), order })
  }
  return [...best.values()]
}

function sectionOf(said: string): keyof SummaryContent {
  if (/[?？]$/.test(said)) return 'openQuestions'
  if (decided.test(said)) return 'decisions'
  return prefers.test(said) ? 'preferences' : 'facts'
}

function worthOf(said: string): number {
  const details = (specific.test(said) ? 1 : 0) + (negated.test(said) ? 0.5 : 0)
  if (said.length < shortestSentence) return 0.1
  if (/[?？]$/.test(said)) return 0.5 + details / 2
  return details + (decided.test(said) || prefers.test(said) ? 2 : 1)
}

/** The highest scores first, and among equals the newest, as far as the limit goes. */
function fitting(candidates: readonly Candidate[], limit: number): Candidate[] {
  const chosen: Candidate[] = []
  const headed = new Set<keyof SummaryContent>()
  let left = limit
  const ranked = candidates.toSorted(
    (one, other) => other.score - one.score || other.order - one.order,
  )
  for (const candidate of ranked) {
    const heading = headed.has(candidate.section) ? 0 : headingTokens
    const cost = heading + sumTokens(countTokens(`- ${candidate.entry}\n`))
    if (cost > left) continue
    left -= cost
    headed.add(candidate.section)
    chosen.push(candidate)
  }
  // Something has to stand for the turns, however little room there is.
  return chosen.length > 0 ? chosen : [ranked[0] ?? wordless]
}

const headingTokens = 4
const wordless: Candidate = {
  section: 'facts',
  entry: 'Nothing was said that can be quoted.',
  score: 0,
  order: 0,
}

function contentOf(candidates: readonly Candidate[]): SummaryContent {
  const entries = (section: keyof SummaryContent) => {
    const own = candidates.filter((each) => each.section === section)
    return [
      ...new Set(own.toSorted((one, other) => one.order - other.order).map((each) => each.entry)),
    ]
  }
  return {
    facts: entries('facts'),
    decisions: entries('decisions'),
    openQuestions: entries('openQuestions'),
    preferences: entries('preferences'),
  }
}
