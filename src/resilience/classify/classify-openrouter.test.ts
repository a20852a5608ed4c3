import { expect, test } from 'vitest'
import type { FailureReason } from '../../model/failure-reason.ts'
import { classify } from './classify.ts'
import type { Diagnosis } from './diagnosis.ts'

const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0)

/** What it is, its status (`event`: inside a 200), body and reason, and what else is worth saying. */
type Sample = readonly [
  name: string,
  status: number | 'event',
  body: unknown,
  reason: FailureReason,
  more?: Partial<Diagnosis> & { readonly headers?: Readonly<Record<string, string>> },
]

const openrouter: readonly Sample[] = [
  [
    'no credit',
    402,
    { error: { code: 402, message: 'Insufficient credits' } },
    'quota-exhausted',
    { retry: 'next' },
  ],
  [
    'free models used up for the day',
    429,
    { error: { code: 429, message: 'Rate limit exceeded: free-models-per-day' } },
    'quota-exhausted',
  ],
  [
    'a rate limit with a point in time',
    429,
    { error: { code: 429, message: 'Rate limit exceeded' } },
    'rate-limited',
    {
      headers: {
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(nowMs + 4_000),
      },
      retryAfterMs: 4_000,
    },
  ],
  [
    'a provider that is down',
    502,
    { error: { code: 502, message: 'Provider returned error', metadata: { provider_name: 'X' } } },
    'server-error',
  ],
  [
    'no provider left',
    503,
    { error: { code: 503, message: 'No instances available' } },
    'overloaded',
  ],
  [
    'moderation',
    403,
    {
      error: {
        code: 403,
        message: 'Input was flagged',
        metadata: { reasons: ['violence'], flagged_input: '…' },
      },
    },
    'content-filter',
    { scope: 'request' },
  ],
  [
    'tools that no provider of it takes',
    404,
    { error: { code: 404, message: 'No endpoints found that support tool use.' } },
    'unsupported',
  ],
  [
    'a model without providers',
    404,
    { error: { code: 404, message: 'No endpoints found for x/y.' } },
    'model-not-found',
  ],
  [
    'a name that is none',
    400,
    { error: { code: 400, message: 'x/y is not a valid model ID' } },
    'model-not-found',
  ],
  [
    'an error behind it, as JSON in a text',
    429,
    {
      error: {
        code: 429,
        message: 'Provider returned error',
        metadata: {
          raw: '{"error":{"type":"insufficient_quota","message":"…"}}',
          provider_name: 'X',
        },
      },
    },
    'quota-exhausted',
  ],
  [
    'an error with status 200',
    'event',
    { error: { code: 429, message: 'Rate limit exceeded' } },
    'rate-limited',
  ],
  [
    'an error in the middle of a stream',
    'event',
    {
      id: 'gen-1',
      provider: 'X',
      error: { code: 'server_error', message: 'Provider disconnected' },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    },
    'server-error',
  ],
  [
    'an error inside a choice',
    'event',
    {
      id: 'gen-1',
      choices: [
        { index: 0, error: { code: 502, message: 'Upstream error' }, finish_reason: 'error' },
      ],
    },
    'server-error',
  ],
  [
    'a key behind its limit',
    403,
    { error: { code: 403, message: 'Key limit exceeded' } },
    'quota-exhausted',
  ],
]
const bedrock: readonly Sample[] = [
  [
    'throttling',
    429,
    { __type: 'ThrottlingException', message: 'Too many requests' },
    'rate-limited',
  ],
  [
    'throttling as an event',
    'event',
    { throttlingException: {}, type: 'throttlingException', message: 'Too many' },
    'rate-limited',
  ],
  [
    'a quota',
    400,
    { __type: 'ServiceQuotaExceededException', message: 'Quota' },
    'quota-exhausted',
  ],
  [
    'a model that is not ready',
    429,
    { __type: 'ModelNotReadyException', message: 'Not ready' },
    'overloaded',
  ],
  [
    'a model that took too long',
    408,
    { __type: 'ModelTimeoutException', message: 'Too long' },
    'server-error',
  ],
  ['no access', 403, { __type: 'AccessDeniedException', message: 'No access' }, 'bad-key'],
  ['an expired token', 403, { __type: 'ExpiredTokenException', message: 'Expired' }, 'bad-key'],
  [
    'an input too long',
    400,
    { __type: 'ValidationException', message: 'Input is too long for requested model.' },
    'context-too-long',
  ],
  [
    'a wrong request',
    400,
    { __type: 'ValidationException', message: 'Malformed input request' },
    'bad-request',
  ],
]

const samples = [...openrouter, ...bedrock]

for (const [name, status, body, reason, more = {}] of samples) {
  test(name, () => {
    const { headers = {}, ...expected } = more
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const diagnosis =
      status === 'event'
        ? classify({ kind: 'error-event', body: text, headers }, nowMs)
        : classify({ kind: 'http', status, headers, body: text }, nowMs)
    expect(diagnosis).toMatchObject({ reason, ...expected })
  })
}
