import type { JsonSchema } from '../model/message.ts'
import type { FinishReason } from '../model/model.ts'
import { formatPath } from '../model/schema.ts'
import type { WrongParts } from './parts.ts'
import { fragmentAt } from './schema-fragment.ts'
import { isWhole } from './terminal-check.ts'
import { type OutputFailure, type OutputIssue, shorten } from './verdict.ts'

export interface CorrectionOptions {
  /** The answer that failed; the place where it broke is quoted from it. */
  readonly previousText: string
  /** The schema of the request, of which the failing parts are repeated. */
  readonly schema: JsonSchema
  /** Takes secrets and personal data out of everything that is quoted. */
  readonly redact?: (text: string) => string
}

/** More issues than this make a model mend one and break another. */
const mostIssues = 8
/** The most characters of a model's own words, or of one part of the schema. */
const longestQuote = 60
const longestFragment = 160
const longestSchema = 600

/**
 * Whether asking the same model again can help: not after a refusal, and not after a cut by the token
 * limit, which would come again. An answer that ends inside a token though the provider calls it whole
 * is asked for once more.
 */
export function canBeCorrected(
  { cause }: OutputFailure,
  finishReason: FinishReason = 'length',
): boolean {
  if (cause === 'truncated') return isWhole(finishReason)
  return cause !== 'refused' && cause !== 'hostile'
}

/**
 * The message that goes back to the model. It says that a program speaks, what is wrong in one line
 * per issue, what the schema wants there, and that the whole answer is wanted again, not a patch of
 * the model's own making.
 *
 * For one issue it stays below 120 tokens. The model's own answer is not in it; it stands before it
 * in the conversation.
 */
export function formatCorrection(failure: OutputFailure, options: CorrectionOptions): string {
  const redact = options.redact ?? ((text: string) => text)
  const quote = (text: string) => redact(shorten(text.replace(/\s+/g, ' ').trim(), longestQuote))
  return [
    'Automatic check (not the user): the last answer cannot be used.',
    ...problemLines(failure, options, quote),
    ...fragmentLines(failure, options.schema),
    closing(failure),
  ].join('\n')
}

/**
 * The message that asks for the wrong parts of a long answer alone. Each has a name, so that a model
 * need not write a path, and the schema that it is held to.
 */
export function formatPartsCorrection(
  failure: OutputFailure,
  { parts }: Pick<WrongParts, 'parts'>,
  options: CorrectionOptions,
): string {
  const redact = options.redact ?? ((text: string) => text)
  const quote = (text: string) => redact(shorten(text.replace(/\s+/g, ' ').trim(), longestQuote))
  return [
    'Automatic check (not the user): parts of the last answer cannot be used. The rest is kept.',
    ...problemLines(failure, options, quote),
    'Answer with these parts alone, as one JSON object of this form, and nothing else:',
    ...parts.map(({ name, path, schema }) => {
      return `"${name}": (${formatPath(path)}) ${shorten(plain(schema), longestFragment)}`
    }),
  ].join('\n')
}

function problemLines(
  failure: OutputFailure,
  options: CorrectionOptions,
  quote: (text: string) => string,
): readonly string[] {
  const { cause, issues } = failure
  if (cause === 'empty') return ['It was empty.']
  if (cause === 'refused') return ['It declined the request.']
  if (cause === 'truncated') return ['It was cut off before its end.']
  if (cause === 'no-json') return [`It holds no JSON: ${quote(options.previousText)}`]
  const [first] = issues
  if (cause === 'syntax' || cause === 'hostile') {
    const message = first?.message ?? 'it cannot be parsed'
    return [`It is not valid JSON: ${message}, at: ${quote(first?.got || failure.excerpt)}`]
  }
  if (cause === 'ambiguous' && isAboutTheText(issues))
    return [`It is not clear: ${first?.message}.`]
  const shown = issues.slice(0, mostIssues).map((issue) => issueLine(issue, quote))
  const rest = issues.length - shown.length
  return ['path | expected | got', ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])]
}

/** Whether the issues speak of the answer as a whole, which a table would not make clearer. */
function isAboutTheText(issues: readonly OutputIssue[]): boolean {
  return issues.length === 1 && issues[0]?.path.length === 0
}

function issueLine(issue: OutputIssue, quote: (text: string) => string): string {
  const got = issue.got === '' ? 'nothing' : quote(issue.got)
  return `${formatPath(issue.path)} | ${shorten(issue.expected, 80)} | ${got}`
}

/** The schema of the failing parts, each once, with the descriptions left away. */
function fragmentLines(failure: OutputFailure, schema: JsonSchema): readonly string[] {
  if (failure.cause === 'schema' && isAboutTheText(failure.issues)) {
    return [`Schema: ${shorten(plain(schema), longestSchema)}`]
  }
  const fragments = new Map<string, string>()
  for (const issue of failure.issues.slice(0, mostIssues)) {
    const fragment = issue.path.length > 0 ? fragmentAt(schema, issue.path) : undefined
    if (fragment === undefined) continue
    const path = formatPath(issue.path.map((key) => (typeof key === 'number' ? 0 : key)))
    fragments.set(path.replaceAll('[0]', '[]'), shorten(plain(fragment), longestFragment))
  }
  if (fragments.size === 0) return []
  return ['Schema:', ...[...fragments].map(([path, fragment]) => `${path}: ${fragment}`)]
}

function plain(fragment: unknown): string {
  const dropped = new Set(['description', 'title', '$schema', 'examples', 'pattern'])
  return JSON.stringify(fragment, (key, value) => {
    const isKeyword = dropped.has(key) && typeof value === 'string'
    return isKeyword ? undefined : value
  })
}

function closing(failure: OutputFailure): string {
  if (failure.cause === 'truncated') {
    return 'Answer again with the complete JSON, as short as the task allows.'
  }
  return 'Answer again with the complete corrected JSON and nothing else, not with a patch.'
}
