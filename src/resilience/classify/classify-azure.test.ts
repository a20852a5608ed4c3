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

const samples: readonly Sample[] = [
  {
    name: 'rate limit with milliseconds',
    status: 429,
    headers: { 'retry-after': '2', 'retry-after-ms': '1850' },
    body: {
      error: {
        code: '429',
        message:
          'Requests to the ChatCompletions_Create Operation have exceeded the token rate limit. Please retry after 2 seconds.',
      },
    },
    expected: { reason: 'rate-limited', retryAfterMs: 1_850 },
  },
  {
    name: 'rate limit with its own header',
    status: 429,
    headers: { 'x-ms-retry-after-ms': '420' },
    body: { error: { code: 'RateLimitReached', message: 'Too many.' } },
    expected: { reason: 'rate-limited', retryAfterMs: 420 },
  },
  {
    name: 'rate limit by the words of its message',
    status: 429,
    body: {
      error: { code: '429', message: 'Please retry after 26 seconds. To increase your limit …' },
    },
    expected: { reason: 'rate-limited', retryAfterMs: 26_000 },
  },
  {
    name: 'shared pool full',
    status: 503,
    body: {
      error: { code: 'NoCapacity', message: 'The system is currently experiencing high demand.' },
    },
    expected: { reason: 'overloaded' },
  },
  {
    name: 'pool full as a 429',
    status: 429,
    body: {
      error: { code: 'NoCapacity', message: 'The system is currently experiencing high demand.' },
    },
    expected: { reason: 'overloaded' },
  },
  {
    name: 'content filter with an inner error',
    status: 400,
    body: {
      error: {
        code: 'content_filter',
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        param: 'prompt',
        status: 400,
        innererror: {
          code: 'ResponsibleAIPolicyViolation',
          content_filter_result: { hate: { filtered: true, severity: 'high' } },
        },
      },
    },
    expected: { reason: 'content-filter', scope: 'request', retry: 'next' },
  },
  {
    name: 'deployment not found',
    status: 404,
    body: {
      error: {
        code: 'DeploymentNotFound',
        message: 'The API deployment for this resource does not exist.',
      },
    },
    expected: { reason: 'model-not-found' },
  },
  {
    name: 'wrong key',
    status: 401,
    body: {
      error: {
        code: '401',
        message: 'Access denied due to invalid subscription key or wrong API endpoint.',
      },
    },
    expected: { reason: 'bad-key' },
  },
  {
    name: 'operation not supported',
    status: 400,
    body: {
      error: {
        code: 'OperationNotSupported',
        message: 'The chatCompletion operation does not work with the specified model.',
      },
    },
    expected: { reason: 'unsupported' },
  },
  {
    name: 'internal failure',
    status: 500,
    body: { error: { code: 'InternalServerFailure', message: 'Internal error.' } },
    expected: { reason: 'server-error' },
  },
]

test.each(samples)('$name', (sample) => {
  expect(classify(evidenceOf(sample), nowMs)).toMatchObject(sample.expected)
})
