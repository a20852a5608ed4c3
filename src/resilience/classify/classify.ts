import { excerpt } from '../../base/excerpt.ts'
import type { FailureReason } from '../../model/failure-reason.ts'
import type { FaultEvidence } from '../../model/fault.ts'
import { type Diagnosis, diagnose } from './diagnosis.ts'
import { type Dialect, dialects } from './dialects.ts'
import { findEvidence } from './evidence.ts'
import { networkRules, protocolRules, reasonOfStatus } from './failure-tables.ts'
import { readRetryAfter, readWindowReset } from './retry-hint.ts'
import { readWireError, type WireError } from './wire-error.ts'

/**
 * From what was seen on the wire to what it means and asks for: one pure function over tables, the same
 * for all providers. `thrown` is whatever a model threw, or the evidence itself.
 */
export function classify(thrown: unknown, nowMs: number): Diagnosis {
  const found = findEvidence(thrown)
  if (found === undefined) return diagnose('unknown', messageOf(thrown))
  if ('reason' in found) return diagnose(found.reason, messageOf(thrown))
  return classifyEvidence(found.evidence, nowMs)
}

function classifyEvidence(evidence: FaultEvidence, nowMs: number): Diagnosis {
  switch (evidence.kind) {
    case 'http':
      return classifyResponse(evidence, nowMs)
    case 'error-event':
      return classifyErrorEvent(evidence, nowMs)
    case 'network':
      return classifyNetwork(evidence.code)
    case 'protocol':
      return classifyProtocol(evidence.problem, evidence.excerpt)
    case 'cut':
      return diagnose('cut', `The answer broke off${evidence.code ? ` (${evidence.code})` : ''}.`)
    case 'too-large':
      return diagnose('too-large', `The answer grew beyond ${evidence.limitBytes} bytes.`)
    case 'unsupported':
      return diagnose('unsupported', `The model does not take ${evidence.feature}.`)
  }
}

type Response = Extract<FaultEvidence, { kind: 'http' }>

function classifyResponse({ status, headers, body }: Response, nowMs: number): Diagnosis {
  const error = readWireError(body)
  if (!error && isPage(body) && status < 500 && status !== 429) {
    // A firewall or a wrong address answers in HTML, and knows nothing of keys and models.
    return diagnose('garbage', `Status ${status} with a web page.`, { retry: 'next', backoff: 1 })
  }
  const reason = reasonOfError(error, body, status) ?? reasonOfStatus(status)
  return withHint(reason, describe(status, error, body), { headers, error, nowMs })
}

type ErrorEvent = Extract<FaultEvidence, { kind: 'error-event' }>

function classifyErrorEvent({ body, headers }: ErrorEvent, nowMs: number): Diagnosis {
  const error = readWireError(body)
  const byStatus = error?.status === undefined ? 'server-error' : reasonOfStatus(error.status)
  const reason = reasonOfError(error, body, error?.status) ?? byStatus
  return withHint(reason, describe(error?.status ?? 200, error, body), { headers, error, nowMs })
}

function classifyNetwork(code: string): Diagnosis {
  const rule = networkRules.find(({ pattern }) => pattern.test(code))
  return diagnose(
    rule?.reason ?? 'network',
    `The provider could not be reached (${code}).`,
    rule?.known,
  )
}

function classifyProtocol(problem: string, body: string): Diagnosis {
  const rule = protocolRules[problem]
  const detail = `Status 200, but not the protocol (${problem}): ${excerpt(body, 100)}`
  return diagnose(rule?.reason ?? 'garbage', detail, rule?.known)
}

/** Labels that decide alone, then words, then labels that say little; undefined where nothing is known. */
function reasonOfError(
  error: WireError | undefined,
  body: string,
  status: number | undefined,
): FailureReason | undefined {
  const labels = error?.labels ?? []
  return (
    byLabel(labels, 'precise') ??
    // Messages of a 5xx may quote anything; its status is plain enough.
    (status === undefined || status < 500 ? byText(error, body) : undefined) ??
    byLabel(labels, 'broad')
  )
}

function byLabel(labels: readonly string[], table: 'precise' | 'broad'): FailureReason | undefined {
  for (const label of labels) {
    for (const dialect of dialects) {
      const reason = lookUp(dialect, table, label)
      if (reason) return reason
    }
  }
  return undefined
}

function lookUp(dialect: Dialect, table: 'precise' | 'broad', label: string) {
  const known = dialect[table]
  return known && Object.hasOwn(known, label) ? known[label] : undefined
}

function byText(error: WireError | undefined, body: string): FailureReason | undefined {
  const text = error ? `${error.labels.join(' ')} ${error.message}` : body.slice(0, 2_000)
  for (const { texts = [] } of dialects) {
    for (const [pattern, reason] of texts) if (pattern.test(text)) return reason
  }
  return undefined
}

/** Asking again a model behind a hint of more than an hour costs less than believing a wrong hint for days. */
const longestHintMs = 3_600_000

interface HintSource {
  readonly headers: Readonly<Record<string, string>>
  readonly error: WireError | undefined
  readonly nowMs: number
}

function withHint(reason: FailureReason, detail: string, source: HintSource): Diagnosis {
  const usual = diagnose(reason, detail)
  const { headers, error, nowMs } = source
  const windows = reason === 'rate-limited' ? readWindowReset(headers, nowMs) : undefined
  const hint = readRetryAfter(headers, error, nowMs) ?? windows
  const stop = headers['x-should-retry'] === 'false' && usual.retry === 'same'
  const retry = stop ? 'next' : usual.retry
  if (hint === undefined) return { ...usual, retry }
  const retryAfterMs = Math.min(hint, longestHintMs)
  const coolMs = Math.max(retryAfterMs, reason === 'rate-limited' ? 0 : (usual.coolMs ?? 0))
  return { ...usual, retry: retry === 'same' ? 'wait' : retry, retryAfterMs, coolMs }
}

/** Enough for a person to know the error again. */
const longestDetail = 300

function describe(status: number, error: WireError | undefined, body: string): string {
  const said = error ? `${error.labels[0] ?? ''} ${error.message}`.trim() : body.trim()
  return said === '' ? `Status ${status}.` : `Status ${status}: ${excerpt(said, longestDetail)}`
}

function isPage(body: string): boolean {
  return /^\s*</.test(body)
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return excerpt(thrown.message, longestDetail)
  // A value without a prototype cannot be made a text.
  return typeof thrown === 'string' ? excerpt(thrown, longestDetail) : `A thrown ${typeof thrown}.`
}
