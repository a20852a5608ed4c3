import { expect, test } from 'vitest'
import type { FaultEvidence } from '../../model/fault.ts'
import { classify } from './classify.ts'
import type { Diagnosis } from './diagnosis.ts'

const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0)

type Expected = Partial<Omit<Diagnosis, 'detail'>>

interface Sample {
  readonly name: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly expected: Expected
}

function evidenceOf({ status, headers = {}, body }: Sample): FaultEvidence {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  if (status === undefined) return { kind: 'error-event', body: text, headers }
  return { kind: 'http', status, headers, body: text }
}

function openaiError(
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
) {
  return { error: { message, type, param, code } }
}

const rateLimited = openaiError(
  'Rate limit reached for gpt-5-mini in organization org-x on tokens per min (TPM): Limit 200000, Used 199000, Requested 2000.',
  'tokens',
  'rate_limit_exceeded',
)

const samples: readonly Sample[] = [
  {
    name: 'rate limit with seconds',
    status: 429,
    headers: { 'retry-after': '20' },
    body: rateLimited,
    expected: {
      reason: 'rate-limited',
      scope: 'model',
      retry: 'wait',
      retryAfterMs: 20_000,
      coolMs: 20_000,
    },
  },
  {
    name: 'rate limit with fractions of a second',
    status: 429,
    headers: { 'retry-after': '0.7' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 700 },
  },
  {
    name: 'rate limit with milliseconds before seconds',
    status: 429,
    headers: { 'retry-after': '1', 'retry-after-ms': '300' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 300 },
  },
  {
    name: 'rate limit with an HTTP date',
    status: 429,
    headers: { 'retry-after': 'Tue, 24 Nov 2026 12:00:07 GMT' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 7_000 },
  },
  {
    name: 'rate limit with a date measured by the clock of the server',
    status: 429,
    headers: {
      date: 'Tue, 24 Nov 2026 11:00:00 GMT',
      'retry-after': 'Tue, 24 Nov 2026 11:00:05 GMT',
    },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 5_000 },
  },
  {
    name: 'rate limit with a date that has passed',
    status: 429,
    headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 0 },
  },
  {
    name: 'rate limit with an RFC 850 date',
    status: 429,
    headers: { 'retry-after': 'Tuesday, 24-Nov-26 12:00:09 GMT' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 9_000 },
  },
  {
    name: 'rate limit with an asctime date',
    status: 429,
    headers: { 'retry-after': 'Tue Nov 24 12:00:11 2026' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 11_000 },
  },
  {
    name: 'rate limit by the reset of the window that is used up',
    status: 429,
    headers: {
      'x-ratelimit-remaining-requests': '4999',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    body: openaiError('Rate limit reached.', 'tokens', 'rate_limit_exceeded'),
    expected: { reason: 'rate-limited', retryAfterMs: 360_000 },
  },
  {
    name: 'rate limit by the longest reset where none is used up',
    status: 429,
    headers: { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '2m59.56s' },
    body: openaiError('Rate limit reached.', 'requests', null),
    expected: { reason: 'rate-limited', retryAfterMs: 179_560 },
  },
  {
    name: 'rate limit by the words of its message',
    status: 429,
    body: openaiError(
      'Rate limit reached. Please try again in 7.66s. Visit …',
      'requests',
      'rate_limit_exceeded',
    ),
    expected: { reason: 'rate-limited', retryAfterMs: 7_660 },
  },
  {
    name: 'rate limit by a duration in its message',
    status: 429,
    body: openaiError(
      'Rate limit reached. Please try again in 1m12s.',
      'tokens',
      'rate_limit_exceeded',
    ),
    expected: { reason: 'rate-limited', retryAfterMs: 72_000 },
  },
  {
    name: 'rate limit by milliseconds in its message',
    status: 429,
    body: openaiError('Please try again in 20ms.', 'tokens', 'rate_limit_exceeded'),
    expected: { reason: 'rate-limited', retryAfterMs: 20 },
  },
  {
    name: 'rate limit without any hint',
    status: 429,
    body: '',
    expected: { reason: 'rate-limited', retry: 'wait', coolMs: 1_000, transient: true },
  },
  {
    name: 'rate limit with an unreadable hint',
    status: 429,
    headers: { 'retry-after': 'soon' },
    body: rateLimited,
    expected: { reason: 'rate-limited', coolMs: 1_000 },
  },
  {
    name: 'rate limit with a hint of days, believed for an hour',
    status: 429,
    headers: { 'retry-after': '259200' },
    body: rateLimited,
    expected: { reason: 'rate-limited', retryAfterMs: 3_600_000 },
  },
]

test.each(samples)('$name', (sample) => {
  expect(classify(evidenceOf(sample), nowMs)).toMatchObject(sample.expected)
})

test('a hint is only there where the provider gave one', () => {
  const diagnosis = classify({ kind: 'http', status: 500, headers: {}, body: '' }, nowMs)
  expect(diagnosis).not.toHaveProperty('retryAfterMs')
  expect(diagnosis).not.toHaveProperty('coolMs')
})

test('windows of a healthy answer are no hint of a server error', () => {
  const headers = { 'x-ratelimit-remaining-requests': '10', 'x-ratelimit-reset-requests': '6m0s' }
  expect(classify({ kind: 'http', status: 500, headers, body: '' }, nowMs)).not.toHaveProperty(
    'retryAfterMs',
  )
})
