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

const googleError = (
  code: number,
  status: string,
  message = 'A message.',
  details: readonly object[] = [],
) => ({
  error: { code, status, message, details },
})
const retryInfo = (retryDelay: string) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay,
})
const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [
    { quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests', quotaId },
  ],
})

const samples: readonly Sample[] = [
  [
    'a limit per minute with a delay in the body',
    429,
    googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [
      quotaFailure('GenerateRequestsPerMinutePerProjectPerModel'),
      retryInfo('46s'),
    ]),
    'rate-limited',
    { retryAfterMs: 46_000, retry: 'wait' },
  ],
  [
    'the same, wrapped into an array',
    429,
    [googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [retryInfo('46s')])],
    'rate-limited',
    { retryAfterMs: 46_000 },
  ],
  [
    'a delay with a fraction',
    429,
    googleError(429, 'RESOURCE_EXHAUSTED', 'Quota.', [retryInfo('3.500s')]),
    'rate-limited',
    { retryAfterMs: 3_500 },
  ],
  [
    'a limit per day',
    429,
    googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [
      quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
      retryInfo('9h54m'),
    ]),
    'quota-exhausted',
    { retryAfterMs: 3_600_000, scope: 'key' },
  ],
  [
    'a limit of nothing',
    429,
    googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for metric: x, limit: 0, model: y'),
    'quota-exhausted',
  ],
  [
    'a limit without details',
    429,
    googleError(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
    'rate-limited',
    { coolMs: 1_000 },
  ],
  [
    'overload',
    503,
    googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    'overloaded',
  ],
  ['an internal error', 500, googleError(500, 'INTERNAL'), 'server-error'],
  ['a deadline of the server', 504, googleError(504, 'DEADLINE_EXCEEDED'), 'server-error'],
  [
    'a wrong key with status 400',
    400,
    googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
      },
    ]),
    'bad-key',
    { scope: 'key' },
  ],
  ['a key without permission', 403, googleError(403, 'PERMISSION_DENIED'), 'bad-key'],
  [
    'an API that is switched off',
    403,
    googleError(403, 'PERMISSION_DENIED', 'Off.', [{ reason: 'SERVICE_DISABLED' }]),
    'bad-key',
  ],
  [
    'a location that is not served',
    400,
    googleError(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    'bad-key',
  ],
  [
    'a model that is gone',
    404,
    googleError(404, 'NOT_FOUND', 'models/gemini-1.0 is not found for API version v1beta'),
    'model-not-found',
  ],
  [
    'a context too long',
    400,
    googleError(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    'context-too-long',
  ],
  [
    'a schema it does not take',
    400,
    googleError(
      400,
      'INVALID_ARGUMENT',
      'Invalid JSON payload received. Unknown name "additionalProperties"',
    ),
    'unsupported',
  ],
  [
    'a wrong request',
    400,
    googleError(400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.'),
    'bad-request',
    { retry: 'none' },
  ],
  [
    'an error inside a stream',
    'event',
    googleError(503, 'UNAVAILABLE', 'The service is unavailable.'),
    'overloaded',
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
