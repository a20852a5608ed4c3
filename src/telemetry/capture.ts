import type { Attributes, AttributeValue } from '../base/telemetry-port.ts'
import type { Redactor } from './redact/redactor.ts'

/**
 * The one choke point: everything that can be observed (span attributes, contents, error messages, log
 * fields) passes here before it goes to spans, log lines, the trace store or a live view.
 */
export interface Capture {
  attributes(attributes: Attributes): Record<string, AttributeValue>
  /** Any value, deep; the result holds only plain JSON. */
  value(value: unknown): unknown
  text(text: string): string
  /** Name, message and code of anything that was thrown, in one line. */
  error(error: unknown): string
}

/** `redactor` is a scope of one trace, so that the same value has the same placeholder in all of it. */
export function createCapture(redactor: Redactor): Capture {
  const text = (raw: string) => redactor.redact(raw).text
  return {
    text,
    value: (raw) => redactor.redactValue(raw),
    error: (error) => text(describeError(error)),
    attributes(attributes) {
      const clean: Record<string, AttributeValue> = {}
      for (const [key, value] of Object.entries(attributes)) {
        if (value === undefined) continue
        if (typeof value === 'string') clean[key] = text(value)
        else if (typeof value === 'object') clean[key] = value.map(text)
        else clean[key] = value
      }
      return clean
    },
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  const cause = error.cause === undefined ? '' : `; cause: ${describeError(error.cause)}`
  return `${error.name}${code}: ${error.message}${cause}`
}
