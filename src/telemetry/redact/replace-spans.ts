import type { SensitiveSpan } from './find-spans.ts'
import { replacementsIn } from './json-strings.ts'
import type { PlaceholderNumbers } from './placeholders.ts'

/** One replaced value, in UTF-16 offsets of the input. */
export interface Finding {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly placeholder: string
}

export interface Redaction {
  readonly text: string
  readonly findings: readonly Finding[]
}

export interface ReplaceOptions {
  readonly numbers: PlaceholderNumbers
  /** True when the text is one JSON document, whose bare numbers then need quotes. */
  readonly isJson: boolean
  /** The part of the text to return; spans that start before it or after it are left out. */
  readonly from?: number
  readonly to?: number
}

/** Puts placeholders in the place of spans, which are disjoint and in order. */
export function replaceSpans(
  text: string,
  spans: readonly SensitiveSpan[],
  { numbers, isJson, from = 0, to = text.length }: ReplaceOptions,
): Redaction {
  const findings: Finding[] = []
  let output = ''
  let at = from
  for (const { start, end, quote, span } of replacementsIn(text, spans, isJson)) {
    if (end <= from || start >= to) continue
    const placeholder = numbers.placeholder(span.type, span.value)
    output += text.slice(at, Math.max(at, start)) + quote + placeholder + quote
    findings.push({ type: span.type, start, end, placeholder })
    at = end
  }
  return { text: output + text.slice(at, Math.max(at, to)), findings }
}
