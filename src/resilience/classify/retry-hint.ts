import type { WireError } from './wire-error.ts'

/**
 * When a provider says to come back. There are as many forms as providers; each is tried from the
 * plainest to the one that has to be guessed at, and the first that can be read wins.
 */

type Headers = Readonly<Record<string, string>>

/**
 * The wait that the provider asks for in so many words, in milliseconds, never negative: `retry-after-ms`
 * (OpenAI, Azure), `x-ms-retry-after-ms` (Azure), `retry-after` in seconds or as an HTTP date (RFC 9110
 * §10.2.3), Google's `RetryInfo` in the body, or "try again in 7.66s" in the message.
 */
export function readRetryAfter(
  headers: Headers,
  error: WireError | undefined,
  nowMs: number,
): number | undefined {
  return (
    readNumber(headers['retry-after-ms']) ??
    readNumber(headers['x-ms-retry-after-ms']) ??
    readSecondsOrDate(headers['retry-after'], serverNow(headers, nowMs)) ??
    readDuration(error?.retryDelay) ??
    readMessage(error?.message)
  )
}

/**
 * When the exhausted window of a rate limit opens again, in milliseconds: `anthropic-ratelimit-*-reset`
 * (RFC 3339), `x-ratelimit-reset-*` (durations such as `6m0s`, seconds), `x-ratelimit-reset` (epoch) and
 * `ratelimit-reset` (seconds). Where no window says that nothing remains, the longest one counts.
 */
export function readWindowReset(headers: Headers, nowMs: number): number | undefined {
  const now = serverNow(headers, nowMs)
  let exhausted: number | undefined
  let longest: number | undefined
  for (const [name, value] of Object.entries(headers)) {
    if (!name.includes('ratelimit') || !name.includes('reset')) continue
    const resetMs = readReset(value, now)
    if (resetMs === undefined) continue
    longest = Math.max(longest ?? 0, resetMs)
    const isExhausted = Number(headers[name.replace('reset', 'remaining')]) === 0
    if (isExhausted) exhausted = Math.max(exhausted ?? 0, resetMs)
  }
  return exhausted ?? longest
}

/** The provider's own clock where it tells it, so that a skew between the machines does not count. */
function serverNow(headers: Headers, nowMs: number): number {
  return readDate(headers.date) ?? nowMs
}

function readNumber(value: string | undefined): number | undefined {
  const text = value?.trim()
  if (!text || !/^-?\d+(\.\d+)?$/.test(text)) return undefined
  return Math.max(0, Number(text))
}

function readSecondsOrDate(value: string | undefined, nowMs: number): number | undefined {
  const seconds = readNumber(value)
  if (seconds !== undefined) return seconds * 1_000
  const at = readDate(value)
  return at === undefined ? undefined : Math.max(0, at - nowMs)
}

/** All three HTTP date formats; the asctime form carries no zone and means GMT. */
function readDate(value: string | undefined): number | undefined {
  if (value === undefined || !/[a-z]{3}/i.test(value)) return undefined
  const at = Date.parse(/GMT|UTC|[+-]\d{4}$/.test(value) ? value : `${value} GMT`)
  return Number.isNaN(at) ? undefined : at
}

/** Numbers from here on are points in time, in seconds or in milliseconds since the epoch. */
const epochSeconds = 1e9
const epochMs = 1e12

function readReset(value: string, nowMs: number): number | undefined {
  const number = readNumber(value)
  if (number !== undefined) {
    if (number >= epochMs) return Math.max(0, number - nowMs)
    return number >= epochSeconds ? Math.max(0, number * 1_000 - nowMs) : number * 1_000
  }
  const duration = readDuration(value)
  if (duration !== undefined) return duration
  if (!/^\d{4}-\d{2}-\d{2}T/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
}

/** A duration such as `46s`, `6m0s`, `9h54m`, `1.5s` or `20ms`, in milliseconds. */
function readDuration(value: string | undefined): number | undefined {
  const text = value?.trim() ?? ''
  if (!/^(\d+(\.\d+)?(ms|d|h|m|s))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, , unit = ''] of text.matchAll(/(\d+(\.\d+)?)(ms|d|h|m|s)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0)
  }
  return total
}

function readMessage(message: string | undefined): number | undefined {
  const found = /(?:try again|retry) (?:in|after) ([\d.]+) ?(ms|milliseconds|seconds?|s|m)\b/i.exec(
    message ?? '',
  )
  const [, amount, unit = ''] = found ?? []
  if (amount === undefined) return readMessageDuration(message)
  const key = /^milli/i.test(unit) ? 'ms' : /^second/i.test(unit) ? 's' : unit.toLowerCase()
  return Math.max(0, Number(amount)) * (unitMs[key] ?? 0)
}

/** "Please try again in 6m0s." */
function readMessageDuration(message: string | undefined): number | undefined {
  const found = /try again in ((?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+)/i.exec(message ?? '')
  return readDuration(found?.[1])
}
