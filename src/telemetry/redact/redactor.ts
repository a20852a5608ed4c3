import { builtInDetectors } from './detectors/built-in.ts'
import { failureNotice } from './failure-notice.ts'
import {
  type CustomDetector,
  findSpans,
  type SensitiveSpan,
  type SpanRules,
  spanRules,
} from './find-spans.ts'
import { createHoldBack, type RedactionStream } from './hold-back.ts'
import { isJson } from './json-strings.ts'
import { createPlaceholderNumbers, type PlaceholderNumbers } from './placeholders.ts'
import {
  createRedactionCounter,
  type RedactionCounter,
  type RedactionStats,
} from './redaction-stats.ts'
import { type Finding, type Redaction, replaceSpans } from './replace-spans.ts'
import { enabledTypes, type SensitiveType } from './sensitive-types.ts'
import { createValueWalk } from './value-walk.ts'

export type { Finding, Redaction }

export interface RedactorOptions {
  /** Turns single types on or off. Default: all but `PERSON`. */
  readonly types?: Partial<Record<SensitiveType, boolean>>
  /** Own detectors, called once per text; one that throws makes that text fail closed. */
  readonly detectors?: readonly CustomDetector[]
  /** Values to leave alone: exact strings, or patterns tested against the whole value. */
  readonly allow?: readonly (string | RegExp)[]
  /** Longest text in UTF-16 code units; longer ones fail closed. Default 4,194,304 (about 0.2 s). */
  readonly maxTextLength?: number
  /** Deepest nesting that `redactValue` follows. Default 32. */
  readonly maxDepth?: number
  /** Most properties and items that `redactValue` visits in one call. Default 100,000. */
  readonly maxNodes?: number
}

/**
 * Replaces personal data and secrets by numbered placeholders such as `[EMAIL_1]`.
 *
 * Guarantees: the same value bears the same number within a scope; redacting a redacted text changes
 * nothing; JSON stays valid JSON; time is linear in the length of the text; and it fails closed: what
 * cannot be processed becomes `[REDACTION_FAILED len=…]`, never the raw text. No method throws.
 */
export interface Redactor {
  redact(text: string): Redaction
  /** A copy of any value with its strings and keys redacted, made of plain JSON-like data. */
  redactValue(value: unknown): unknown
  /** For text that arrives in chunks: holds back up to 512 characters, longer while a key is open. */
  redactStream(): RedactionStream
  /** The same rules with numbers that start afresh, for one trace. Counts go to the same stats. */
  scope(): Redactor
  /** Values replaced by type, and failures, since the redactor was created; scopes included. */
  stats(): RedactionStats
}

const defaultMaxTextLength = 4 * 1024 * 1024
const defaultMaxDepth = 32
const defaultMaxNodes = 100_000

/**
 * Creates a redactor.
 *
 * @throws RangeError when an option is not usable
 * @example
 * createRedactor().redact('Mail jane@example.com').text // 'Mail [EMAIL_1]'
 */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  const types = new Set(enabledTypes(options.types))
  const custom = options.detectors ?? []
  const rules = spanRules(builtInDetectors, { types, custom, allow: options.allow ?? [] })
  const limits = {
    maxTextLength: positive('maxTextLength', options.maxTextLength ?? defaultMaxTextLength),
    maxDepth: positive('maxDepth', options.maxDepth ?? defaultMaxDepth),
    maxNodes: positive('maxNodes', options.maxNodes ?? defaultMaxNodes),
  }
  return createScope({ rules, limits, counter: createRedactionCounter() })
}

interface Shared {
  readonly rules: SpanRules
  readonly limits: { maxTextLength: number; maxDepth: number; maxNodes: number }
  readonly counter: RedactionCounter
}

function createScope(shared: Shared): Redactor {
  const { rules, limits, counter } = shared
  const numbers = createPlaceholderNumbers()
  const redact = (text: string): Redaction => {
    try {
      if (text.length > limits.maxTextLength) return failure(text, counter)
      return redactSpans(text, findSpans(text, rules), numbers, counter)
    } catch {
      // Whatever a detector met, the raw text must not get out; the count tells that it happened.
      return failure(text, counter)
    }
  }
  const walk = createValueWalk({ redact, numbers, counter, ...limits })
  return {
    redact,
    redactValue: walk,
    redactStream: () =>
      createHoldBack({ find: (text) => findSpans(text, rules), numbers, counter }),
    scope: () => createScope(shared),
    stats: () => counter.stats(),
  }
}

function redactSpans(
  text: string,
  spans: readonly SensitiveSpan[],
  numbers: PlaceholderNumbers,
  counter: RedactionCounter,
): Redaction {
  if (spans.length === 0) return { text, findings: [] }
  const isDocument = isJson(text)
  const redaction = replaceSpans(text, spans, { numbers, isJson: isDocument })
  if (isDocument && !isJson(redaction.text)) return failure(text, counter)
  for (const { type } of redaction.findings) counter.found(type)
  return redaction
}

function failure(text: string, counter: RedactionCounter): Redaction {
  counter.failed()
  const notice = failureNotice(text.length)
  return { text: isJson(text) ? JSON.stringify(notice) : notice, findings: [] }
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`redactor option "${name}" is ${value}; it has to be a whole number above 0`)
}
