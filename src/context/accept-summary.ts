import { isRecord } from '../base/json.ts'
import type { Pin, Summary, Turn } from '../model/conversation.ts'
import { countTokens } from './count-tokens.ts'
import { contradictsPin } from './pin-conflict.ts'
import { defaultSummaryTokens } from './summary-request.ts'
import { renderSummary, type SummaryContent, summarySections } from './summary-text.ts'
import { sumTokens } from './token-count.ts'

/** What a summary was made from, and who made it. */
export interface SummarySource {
  /** The turns it is to cover, beside those of `previous`; at least one. */
  readonly turns: readonly Turn[]
  readonly previous?: Summary | undefined
  readonly pins: readonly Pin[]
  /** The model, as `provider/id`. */
  readonly writtenBy: string
  readonly nowMs: number
  /** Default 600. */
  readonly maxTokens?: number | undefined
}

export type SummaryVerdict =
  | { readonly ok: true; readonly summary: Summary }
  | { readonly ok: false; readonly reason: SummaryRejection; readonly message: string }

/**
 * - `malformed`: not the JSON that was asked for
 * - `empty`: no entry in any section
 * - `error-text`: an apology or the message of a failure in place of a summary
 * - `too-long`: over its limit of tokens, or no shorter than what it stands for
 * - `contradicts-pin`: says something else than a pinned fact
 */
type SummaryRejection = 'malformed' | 'empty' | 'error-text' | 'too-long' | 'contradicts-pin'

/** How the failure of a model or a proxy begins when it comes as if it were an answer. */
const failure =
  /^\s*(?:error\b|an error\b|failed\b|exception\b|request failed|rate limit|too many requests|internal server error|service unavailable|(?:http )?[45]\d\d\b|i['’]?m sorry|i am sorry|sorry\b|as an ai\b|i (?:cannot|can['’]?t|am unable|was unable))/i

/**
 * Checks what a summariser answered, as JSON text or as its value. A rejected summary changes nothing:
 * the turns stay where they are and are planned for again.
 */
export function acceptSummary(answer: unknown, source: SummarySource): SummaryVerdict {
  if (typeof answer === 'string' && failure.test(answer)) {
    return rejected('error-text', `The summariser answered with a failure: ${quoted(answer)}`)
  }
  const content = readContent(answer)
  if (!content)
    return rejected('malformed', 'The answer is not JSON with the four lists asked for.')
  const entries = summarySections.flatMap((section) => content[section])
  if (entries.length === 0) return rejected('empty', 'The summary has no entry.')
  if (entries.every((entry) => failure.test(entry))) {
    return rejected('error-text', `The summary consists of a failure: ${quoted(entries[0] ?? '')}`)
  }
  const text = renderSummary(content)
  const tokens = countTokens(text)
  const limit = limitOf(source)
  if (sumTokens(tokens) > limit) {
    const message = `The summary has ${sumTokens(tokens)} tokens; at most ${limit} are allowed.`
    return rejected('too-long', message)
  }
  for (const pin of source.pins) {
    const entry = entries.find((each) => contradictsPin(each, pin.text))
    if (entry) {
      return rejected(
        'contradicts-pin',
        `${quoted(entry)} contradicts the pin ${quoted(pin.text)}.`,
      )
    }
  }
  const { turns, previous, nowMs, writtenBy } = source
  return {
    ok: true,
    summary: { ...rangeOf(turns, previous), text, tokens, createdAtMs: nowMs, writtenBy },
  }
}

/** A summary has to be shorter than what it stands for. */
function limitOf({ turns, previous, maxTokens = defaultSummaryTokens }: SummarySource): number {
  const before = previous ? sumTokens(previous.tokens) : 0
  const stoodFor = turns.reduce((sum, turn) => sum + sumTokens(turn.tokens), before)
  return Math.min(maxTokens, stoodFor - 1)
}

/** From the first turn that the summary before covered to the last of the new ones. */
export function rangeOf(
  turns: readonly Turn[],
  previous: Summary | undefined,
): Pick<Summary, 'fromSeq' | 'toSeq'> {
  const fromSeq = previous?.fromSeq ?? turns[0]?.seq ?? 1
  return { fromSeq, toSeq: turns.at(-1)?.seq ?? previous?.toSeq ?? fromSeq }
}

function readContent(answer: unknown): SummaryContent | undefined {
  const value = typeof answer === 'string' ? parseJson(answer) : answer
  if (!isRecord(value)) return undefined
  const lists = summarySections.map((section) => [section, entriesOf(value[section])] as const)
  if (lists.some(([, list]) => list === undefined)) return undefined
  return Object.fromEntries(lists) as unknown as SummaryContent
}

function entriesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) return undefined
  const entries = value.map((entry: string) => entry.replace(/\s+/g, ' ').trim())
  return [...new Set(entries.filter((entry) => entry !== ''))]
}

function parseJson(text: string): unknown {
  const trimmed = text.trim()
  const fenced = trimmed.startsWith('```') && trimmed.endsWith('```')
  const body = fenced ? trimmed.slice(3, -3).replace(/^json/, '') : trimmed
  try {
    return JSON.parse(body)
  } catch {
    // Undefined is no summary, which is what the caller reports.
    return undefined
  }
}

const rejected = (reason: SummaryRejection, message: string): SummaryVerdict => ({
  ok: false,
  reason,
  message,
})

const quoted = (text: string) => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
