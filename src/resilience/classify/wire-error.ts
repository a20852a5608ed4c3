import { isRecord } from '../../base/json.ts'

/** An error body, read the same whatever provider wrote it. */
export interface WireError {
  /**
   * All that the body calls the error by (type, code, status, reason), lower-case, the most precise
   * first: an inner code says more than the type around it.
   */
  readonly labels: readonly string[]
  /** The messages for people, as they came. */
  readonly message: string
  /** The status that the body carries, where it came inside a 200. */
  readonly status?: number
  /** Google's `RetryInfo.retryDelay`, such as `46s`. */
  readonly retryDelay?: string
}

/**
 * Reads an error body: `{error: {…}}` (OpenAI, Azure, Anthropic, OpenRouter), wrapped into an array
 * (Gemini's compatible endpoint), `{error: "…"}` (Ollama), flat (vLLM, Bedrock), `{detail: …}`
 * (FastAPI), and an error passed on inside another one (OpenRouter's `metadata.raw`). Undefined where the
 * body is not JSON.
 */
export function readWireError(body: string): WireError | undefined {
  const value = parse(body)
  if (value === undefined) return undefined
  const found: Found = { labels: [], messages: [] }
  collect(value, found, 0)
  return {
    labels: found.labels,
    message: found.messages.join(' '),
    ...(found.status !== undefined && { status: found.status }),
    ...(found.retryDelay !== undefined && { retryDelay: found.retryDelay }),
  }
}

interface Found {
  readonly labels: string[]
  readonly messages: string[]
  status?: number
  retryDelay?: string
}

/** What is inside says more than what is around it, so it is read first. */
const nested = [
  'raw',
  'error',
  'innererror',
  'inner_error',
  'details',
  'detail',
  'metadata',
  'choices',
]
const labelled = [
  'error_code',
  'reason',
  'code',
  '__type',
  'error_type',
  'type',
  'status',
  'quotaId',
]
const spoken = ['message', 'msg', 'error', 'detail', 'description', 'quotaMetric']

/** Bodies are at most this deep; a deeper one is not an error that anybody writes. */
const deepest = 6

function collect(value: unknown, found: Found, depth: number): void {
  if (depth > deepest) return
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 8)) collect(item, found, depth + 1)
    return
  }
  if (!isRecord(value)) return
  for (const key of nested) collect(unwrap(value[key]), found, depth + 1)
  if (isRecord(value.metadata) && Array.isArray(value.metadata.reasons)) {
    found.labels.push('moderation')
  }
  collect(value.violations, found, depth + 1)
  for (const key of labelled) addLabel(value[key], found)
  for (const key of spoken) {
    const text = value[key]
    if (typeof text === 'string' && unwrap(text) === text) found.messages.push(text.slice(0, 2_000))
  }
  if (typeof value.retryDelay === 'string') found.retryDelay ??= value.retryDelay
}

function addLabel(value: unknown, found: Found): void {
  if (typeof value === 'number') {
    if (value >= 400 && value < 600) found.status ??= value
    return
  }
  if (typeof value !== 'string' || value === '' || value.length > 100) return
  const label = value.toLowerCase()
  const status = Number(label)
  if (Number.isInteger(status)) addLabel(status, found)
  else if (!found.labels.includes(label)) found.labels.push(label)
}

/** A text that is itself JSON, as gateways pass on what they got. */
function unwrap(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  return parse(value) ?? value
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    // Not an error: bodies that are not JSON are common, and the status speaks for them.
    return undefined
  }
}
