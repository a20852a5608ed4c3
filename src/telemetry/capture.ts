import type { Attributes, AttributeValue } from '../base/telemetry-port.ts'
import { genAi } from '../model/conventions.ts'
import { conversationKey } from '../model/conversation.ts'
import type { CleanMemo } from './clean-memo.ts'
import { type ErrorFacts, factsOf } from './error-facts.ts'
import { failureNotice } from './redact/failure-notice.ts'
import type { Redactor } from './redact/redactor.ts'

/**
 * The one choke point: everything that can be observed passes here before it goes to spans, metrics,
 * log lines, the trace store or a live view. That is names, attributes with their keys, contents (prompts,
 * tool arguments, variables), and of errors the message, the stack and all causes.
 *
 * It fails closed: what cannot be redacted becomes a notice with its length, and is counted.
 */
export interface Capture {
  text(raw: string): string
  attributes(raw: Attributes): CleanAttributes
  /** Any value, deep; the result holds only plain JSON. */
  value(raw: unknown): unknown
  /** A text that may be long and is cut at `limit` characters; nothing sensitive is cut in half. */
  cut(raw: string, limit: number): string
  error(raw: unknown): ErrorFacts
  /** Redacts text that is given in pieces; for contents too long for one turn of the event loop. */
  pieces(): { push(piece: string): string; end(): string }
}

export type CleanAttributes = Record<string, Exclude<AttributeValue, undefined>>

export interface CaptureOptions {
  /** A scope of it is opened when it is needed, so that a value has one placeholder in all of a trace. */
  readonly redactor: Redactor
  readonly memo: CleanMemo
  /** Told of each text that failed closed here, beside those that the redactor counts itself. */
  onFailure(): void
}

/** The longest attribute in characters. What is longer is content, and has its own way. */
const longestAttribute = 4_096

export function createCapture({ redactor, memo, onFailure }: CaptureOptions): Capture {
  let opened: Redactor | undefined
  const scope = (): Redactor => {
    opened ??= redactor.scope()
    return opened
  }
  const closed = <T>(length: number, work: () => T, notice: (text: string) => T): T => {
    try {
      return work()
    } catch {
      // The cause may quote the raw text, so it is counted and not shown.
      onFailure()
      return notice(failureNotice(length))
    }
  }
  const text = (raw: string): string =>
    memo.has(raw)
      ? raw
      : closed(
          raw.length,
          () => memo.text(raw, scope()),
          (notice) => notice,
        )
  /** Of what comes once: it would only push out of the memory what comes with every call. */
  const unique = (raw: string): string =>
    closed(
      raw.length,
      () => scope().redact(raw).text,
      (notice) => notice,
    )

  function cut(raw: string, limit: number): string {
    if (raw.length <= limit) return text(raw)
    // What the stream lets go holds no part of a value that the cut has severed.
    const released = closed(
      raw.length,
      () => scope().redactStream().push(raw.slice(0, limit)),
      (notice) => notice,
    )
    return `${released}… [cut from ${raw.length} characters]`
  }

  function attribute(key: string, value: Exclude<AttributeValue, undefined>) {
    switch (typeof value) {
      case 'string':
        if (key === genAi.conversationId) return identifier(value)
        if (key === genAi.responseId && value.length <= longestAttribute) return unique(value)
        return cut(value, longestAttribute)
      case 'number':
        return isOwnName(key) ? value : number(key, value)
      case 'boolean':
        return value
      default:
        return value.map((each) => cut(each, longestAttribute))
    }
  }

  /** An id that is personal data is replaced by its key, so that what belongs together still does. */
  const identifier = (raw: string) => (text(raw) === raw ? raw : conversationKey(raw))

  function number(key: string, value: number): number | string {
    return closed<number | string>(
      0,
      () => {
        const clean = scope().redactValue({ [key]: value })
        const [only] = Object.values(clean as Record<string, unknown>)
        return typeof only === 'number' ? only : String(only)
      },
      (notice) => notice,
    )
  }

  return {
    text,
    cut,
    attributes(raw) {
      const clean: CleanAttributes = {}
      for (const key of Object.keys(raw)) {
        const value = raw[key]
        if (value === undefined) continue
        const secret = typeof value === 'string' && !isOwnName(key)
        clean[text(key)] = secret ? labelled(key, value) : attribute(key, value)
      }
      return clean
    },
    value: (raw) =>
      closed<unknown>(
        0,
        () => scope().redactValue(raw),
        (notice) => notice,
      ),
    error: (raw) =>
      closed<ErrorFacts>(
        0,
        () => factsOf(raw, { text, cut }),
        (summary) => ({ name: 'Error', summary }),
      ),
    pieces() {
      const stream = scope().redactStream()
      const piece = (length: number, work: () => string) => closed(length, work, (notice) => notice)
      return {
        push: (raw) => piece(raw.length, () => stream.push(raw)),
        end: () => piece(0, () => stream.end()),
      }
    },
  }

  /** Under a key that is not ours, the key says what the value is: `password`, `authorization`. */
  function labelled(key: string, value: string): string {
    if (value.length > longestAttribute) return cut(value, longestAttribute)
    return closed(
      value.length,
      () => {
        const clean = scope().redactValue({ [key]: value })
        const [only] = Object.values(clean as Record<string, unknown>)
        return String(only)
      },
      (notice) => notice,
    )
  }
}

/** Names that only this code gives; their numbers are counts and times of its own. */
const ownPrefixes = ['gen_ai.', 'holdfast.', 'error.', 'http.response.', 'openai.response.']

/** Those that were seen, so that they are compared once. */
const seenNames = new Set<string>()
const mostSeenNames = 500

function isOwnName(key: string): boolean {
  if (seenNames.has(key)) return true
  if (!ownPrefixes.some((prefix) => key.startsWith(prefix))) return false
  if (seenNames.size < mostSeenNames) seenNames.add(key)
  return true
}
