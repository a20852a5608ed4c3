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

const anthropicError = (type: string, message = 'A message.', more: object = {}) => ({
  type: 'error',
  error: { type, message, ...more },
  request_id: 'req_1',
})

const samples: readonly Sample[] = [
  [
    'rate limit with seconds',
    429,
    anthropicError('rate_limit_error'),
    'rate-limited',
    { headers: { 'retry-after': '12' }, retryAfterMs: 12_000 },
  ],
  [
    'rate limit by the window that is used up',
    429,
    anthropicError('rate_limit_error'),
    'rate-limited',
    {
      headers: {
        'anthropic-ratelimit-requests-remaining': '40',
        'anthropic-ratelimit-requests-reset': '2026-11-24T12:00:01Z',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-24T12:00:31Z',
      },
      retryAfterMs: 31_000,
    },
  ],
  [
    'spend limit behind a rate limit',
    429,
    anthropicError('rate_limit_error', 'Limit.', {
      details: { error_code: 'enforced_spend_limit_reached' },
    }),
    'quota-exhausted',
    { retry: 'next', scope: 'key' },
  ],
  [
    'overloaded',
    529,
    anthropicError('overloaded_error', 'Overloaded'),
    'overloaded',
    { retry: 'same', backoff: 2 },
  ],
  ['overloaded without a body', 529, '', 'overloaded'],
  [
    'overloaded in the middle of a stream',
    'event',
    anthropicError('overloaded_error', 'Overloaded'),
    'overloaded',
  ],
  [
    'an error of the API',
    500,
    anthropicError('api_error', 'Internal server error'),
    'server-error',
  ],
  ['a time-out of the API', 504, anthropicError('timeout_error'), 'server-error'],
  [
    'an error of the API as an event',
    'event',
    anthropicError('api_error'),
    'server-error',
    { retry: 'same' },
  ],
  [
    'a wrong key',
    401,
    anthropicError('authentication_error', 'invalid x-api-key'),
    'bad-key',
    { scope: 'key' },
  ],
  ['a key without permission', 403, anthropicError('permission_error'), 'bad-key'],
  [
    'a model that is gone',
    404,
    anthropicError('not_found_error', 'model: claude-2'),
    'model-not-found',
    { scope: 'model' },
  ],
  [
    'a prompt too long',
    400,
    anthropicError('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    'context-too-long',
    { scope: 'request', retry: 'next' },
  ],
  [
    'prompt and answer too long',
    400,
    anthropicError(
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
    ),
    'context-too-long',
  ],
  [
    'a request too large',
    413,
    anthropicError('request_too_large', 'Request exceeds the maximum size'),
    'context-too-long',
  ],
  [
    'no credit',
    400,
    anthropicError('invalid_request_error', 'Your credit balance is too low to access the API.'),
    'quota-exhausted',
    { retry: 'next' },
  ],
  ['an error of billing', 402, anthropicError('billing_error'), 'quota-exhausted'],
  [
    'prefill refused',
    400,
    anthropicError(
      'invalid_request_error',
      'This model does not support assistant message prefill.',
    ),
    'unsupported',
    { retry: 'next' },
  ],
  [
    'output filtered',
    400,
    anthropicError('invalid_request_error', 'Output blocked by content filtering policy'),
    'content-filter',
  ],
  [
    'a wrong request',
    400,
    anthropicError('invalid_request_error', 'messages: roles must alternate'),
    'bad-request',
    { retry: 'none' },
  ],
]

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
