/** What is told of an error, sanitised. */
export interface ErrorFacts {
  /** The class, such as `TypeError`. */
  readonly name: string
  /** The code of an error that has one. */
  readonly code?: string
  /** Name, code, message and the messages of all causes, in one line. */
  readonly summary: string
  readonly stack?: string
}

interface Sanitizer {
  text(raw: string): string
  cut(raw: string, limit: number): string
}

/** A provider's error page can be long; its beginning says what it is. */
const longestSummary = 2_000
const longestStack = 4_000

/** Causes that are followed; an error may be its own cause. */
const deepestCause = 5

export function factsOf(thrown: unknown, { text, cut }: Sanitizer): ErrorFacts {
  const summary = cut(summaryOf(thrown, 0), longestSummary)
  if (!(thrown instanceof Error)) return { name: text(typeof thrown), summary }
  const code = codeOf(thrown)
  return {
    name: text(thrown.name),
    ...(code !== undefined && { code: text(code) }),
    summary,
    ...(typeof thrown.stack === 'string' && { stack: cut(thrown.stack, longestStack) }),
  }
}

function summaryOf(thrown: unknown, depth: number): string {
  if (!(thrown instanceof Error)) return readable(thrown)
  const code = codeOf(thrown)
  const parts = [`${thrown.name}${code === undefined ? '' : ` (${code})`}: ${thrown.message}`]
  if (depth < deepestCause) {
    const causes = thrown instanceof AggregateError ? thrown.errors.slice(0, 3) : []
    if (thrown.cause !== undefined) causes.unshift(thrown.cause)
    parts.push(...causes.map((cause) => `cause: ${summaryOf(cause, depth + 1)}`))
  }
  return parts.join('; ')
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What was thrown and is no error; its own `toString` may throw in turn. */
function readable(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return `an unreadable ${typeof thrown}`
  }
}
