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

const samples: readonly Sample[] = [
  {
    name: 'quota spent',
    status: 429,
    headers: { 'retry-after': '1' },
    body: openaiError(
      'You exceeded your current quota, please check your plan.',
      'insufficient_quota',
      'insufficient_quota',
    ),
    expected: {
      reason: 'quota-exhausted',
      scope: 'key',
      retry: 'next',
      transient: false,
      coolMs: 60_000,
    },
  },
  {
    name: 'credit balance exhausted',
    status: 429,
    body: openaiError('No credits.', 'insufficient_quota', 'credit_balance_exhausted'),
    expected: { reason: 'quota-exhausted', retry: 'next' },
  },
  {
    name: 'spend limit of a project',
    status: 429,
    body: openaiError('Limit.', 'requests', 'project_spend_limit_exceeded'),
    expected: { reason: 'quota-exhausted', scope: 'key' },
  },
  {
    name: 'spend limit of an organization',
    status: 429,
    body: openaiError('Limit.', 'requests', 'organization_spend_limit_exceeded'),
    expected: { reason: 'quota-exhausted' },
  },
  {
    name: 'usage limit of an organization',
    status: 429,
    body: openaiError('Limit.', 'requests', 'organization_usage_limit_exceeded'),
    expected: { reason: 'quota-exhausted' },
  },
  {
    name: 'hard billing limit',
    status: 400,
    body: openaiError(
      'Billing hard limit has been reached',
      'invalid_request_error',
      'billing_hard_limit_reached',
    ),
    expected: { reason: 'quota-exhausted' },
  },
  {
    name: 'billing not active',
    status: 429,
    body: openaiError('Your account is not active.', 'billing_not_active', 'billing_not_active'),
    expected: { reason: 'quota-exhausted' },
  },
  {
    name: 'server error',
    status: 500,
    body: openaiError(
      'The server had an error while processing your request.',
      'server_error',
      null,
    ),
    expected: { reason: 'server-error', scope: 'model', retry: 'same', backoff: 1 },
  },
  {
    name: 'bad gateway with a page',
    status: 502,
    body: '<html><head><title>502 Bad Gateway</title></head></html>',
    expected: { reason: 'server-error', retry: 'same' },
  },
  {
    name: 'gateway time-out without a body',
    status: 504,
    body: '',
    expected: { reason: 'server-error' },
  },
  {
    name: 'engine overloaded',
    status: 503,
    body: openaiError(
      'The engine is currently overloaded, please try again later',
      'server_error',
      'engine_overloaded',
    ),
    expected: { reason: 'overloaded', scope: 'model', retry: 'same', backoff: 2 },
  },
  {
    name: 'overload with a hint',
    status: 503,
    headers: { 'retry-after': '2' },
    body: '',
    expected: { reason: 'overloaded', retry: 'wait', retryAfterMs: 2_000, coolMs: 2_000 },
  },
  {
    name: 'slow down',
    status: 503,
    body: openaiError('Slow down.', 'server_error', 'slow_down'),
    expected: { reason: 'overloaded' },
  },
  {
    name: 'server error that is not to be retried',
    status: 500,
    headers: { 'x-should-retry': 'false' },
    body: '',
    expected: { reason: 'server-error', retry: 'next' },
  },
  {
    name: 'request time-out',
    status: 408,
    body: '',
    expected: { reason: 'server-error', retry: 'same' },
  },
  {
    name: 'lock conflict',
    status: 409,
    body: openaiError('Conflict.', 'invalid_request_error', null),
    expected: { reason: 'server-error', retry: 'same' },
  },
  {
    name: 'context too long',
    status: 400,
    body: openaiError(
      "This model's maximum context length is 128000 tokens.",
      'invalid_request_error',
      'context_length_exceeded',
      'messages',
    ),
    expected: { reason: 'context-too-long', scope: 'request', retry: 'next', transient: false },
  },
  {
    name: 'context too long of the Responses API',
    status: 400,
    body: openaiError(
      'Your input exceeds the context window of this model.',
      'invalid_request_error',
      null,
      'input',
    ),
    expected: { reason: 'context-too-long' },
  },
  {
    name: 'a string too long',
    status: 400,
    body: openaiError(
      'Invalid input: string too long.',
      'invalid_request_error',
      'string_above_max_length',
    ),
    expected: { reason: 'context-too-long' },
  },
  {
    name: 'model not found',
    status: 404,
    body: openaiError(
      'The model `gpt-9` does not exist or you do not have access to it.',
      'invalid_request_error',
      'model_not_found',
    ),
    expected: { reason: 'model-not-found', scope: 'model', retry: 'next', coolMs: 60_000 },
  },
  {
    name: 'model retired, told in words',
    status: 400,
    body: openaiError('The model `gpt-4-32k` has been deprecated.', 'invalid_request_error', null),
    expected: { reason: 'model-not-found' },
  },
  {
    name: 'wrong key',
    status: 401,
    body: openaiError(
      'Incorrect API key provided: sk-x.',
      'invalid_request_error',
      'invalid_api_key',
    ),
    expected: { reason: 'bad-key', scope: 'key', retry: 'next', coolMs: 60_000 },
  },
  {
    name: 'region not supported',
    status: 403,
    body: openaiError(
      'Country, region, or territory not supported',
      'request_forbidden',
      'unsupported_country_region_territory',
    ),
    expected: { reason: 'bad-key' },
  },
  {
    name: 'account deactivated',
    status: 401,
    body: openaiError(
      'The account has been deactivated.',
      'invalid_request_error',
      'account_deactivated',
    ),
    expected: { reason: 'bad-key' },
  },
  {
    name: 'forbidden without a body',
    status: 403,
    body: '',
    expected: { reason: 'bad-key' },
  },
  {
    name: 'policy violation of a prompt',
    status: 400,
    body: openaiError(
      'Invalid prompt: flagged as potentially violating our usage policy.',
      'invalid_request_error',
      'invalid_prompt',
    ),
    expected: { reason: 'content-filter', scope: 'request', retry: 'next' },
  },
  {
    name: 'content policy violation',
    status: 400,
    body: openaiError(
      'Rejected by the safety system.',
      'invalid_request_error',
      'content_policy_violation',
    ),
    expected: { reason: 'content-filter' },
  },
  {
    name: 'parameter not supported',
    status: 400,
    body: openaiError(
      "Unsupported parameter: 'max_tokens' is not supported with this model.",
      'invalid_request_error',
      'unsupported_parameter',
      'max_tokens',
    ),
    expected: { reason: 'unsupported', scope: 'request', retry: 'next', transient: false },
  },
  {
    name: 'value not supported',
    status: 400,
    body: openaiError(
      "Unsupported value: 'temperature' does not support 0.2 with this model.",
      'invalid_request_error',
      'unsupported_value',
      'temperature',
    ),
    expected: { reason: 'unsupported' },
  },
  {
    name: 'schema not supported',
    status: 400,
    body: openaiError(
      "Invalid schema for response_format 'answer': 'oneOf' is not permitted.",
      'invalid_request_error',
      'invalid_json_schema',
    ),
    expected: { reason: 'unsupported' },
  },
  {
    name: 'unrecognized argument, told in words',
    status: 400,
    body: openaiError(
      'Unrecognized request argument supplied: reasoning_effort',
      'invalid_request_error',
      null,
    ),
    expected: { reason: 'unsupported' },
  },
  {
    name: 'wrong request',
    status: 400,
    body: openaiError(
      "Missing required parameter: 'messages'.",
      'invalid_request_error',
      'missing_required_parameter',
    ),
    expected: { reason: 'bad-request', scope: 'request', retry: 'none', transient: false },
  },
  {
    name: 'unprocessable request',
    status: 422,
    body: {
      detail: [{ loc: ['body', 'messages'], msg: 'field required', type: 'value_error.missing' }],
    },
    expected: { reason: 'bad-request', retry: 'none' },
  },
  {
    name: 'error as the first event of a stream',
    body: openaiError('The server had an error.', 'server_error', null),
    expected: { reason: 'server-error', retry: 'same' },
  },
  {
    name: 'rate limit as an event',
    body: openaiError(
      'Rate limit reached. Please try again in 2s.',
      'requests',
      'rate_limit_exceeded',
    ),
    expected: { reason: 'rate-limited', retryAfterMs: 2_000 },
  },
  {
    name: 'failed response of the Responses API',
    body: { code: 'server_error', message: 'An error occurred while processing your request.' },
    expected: { reason: 'server-error' },
  },
  {
    name: 'rate limit of the Responses API',
    body: {
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Rate limit reached.',
      param: null,
    },
    expected: { reason: 'rate-limited' },
  },
]

test.each(samples)('$name', (sample) => {
  expect(classify(evidenceOf(sample), nowMs)).toMatchObject(sample.expected)
})
