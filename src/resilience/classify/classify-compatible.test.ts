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

const samples: readonly Sample[] = [
  [
    'Groq: a rate limit with a duration',
    429,
    {
      error: {
        message: 'Rate limit reached. Please try again in 2m59.56s.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    'rate-limited',
    { headers: { 'retry-after': '180' }, retryAfterMs: 180_000 },
  ],
  [
    'Groq: no capacity',
    498,
    { error: { message: 'Flex tier capacity exceeded', type: 'capacity_exceeded' } },
    'overloaded',
  ],
  [
    'Groq: a request too large',
    413,
    {
      error: {
        message: 'Request too large for model `x` on tokens per minute',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    'context-too-long',
  ],
  [
    'Groq: a tool call that did not parse',
    400,
    {
      error: {
        message: 'Failed to call a function.',
        type: 'invalid_request_error',
        code: 'tool_use_failed',
      },
    },
    'broken-tool-call',
    { retry: 'same' },
  ],
  [
    'Groq: JSON that did not parse',
    400,
    {
      error: {
        message: 'Failed to generate JSON.',
        type: 'invalid_request_error',
        code: 'json_validate_failed',
      },
    },
    'garbage',
    { retry: 'same' },
  ],
  [
    'Groq: a model that is gone',
    400,
    {
      error: {
        message: 'The model `x` has been decommissioned',
        type: 'invalid_request_error',
        code: 'model_decommissioned',
      },
    },
    'model-not-found',
  ],
  [
    'Mistral: no capacity',
    429,
    {
      object: 'error',
      message: 'Service tier capacity exceeded for this model.',
      type: 'service_tier_capacity_exceeded',
      code: '3505',
    },
    'overloaded',
  ],
  [
    'Mistral: a rate limit',
    429,
    {
      object: 'error',
      message: 'Requests rate limit exceeded',
      type: 'rate_limited',
      code: '1300',
    },
    'rate-limited',
  ],
  [
    'Mistral: a model that does not exist',
    400,
    { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
    'model-not-found',
  ],
  [
    'DeepSeek: no balance',
    402,
    {
      error: {
        message: 'Insufficient Balance',
        type: 'unknown_error',
        code: 'invalid_request_error',
      },
    },
    'quota-exhausted',
  ],
  ['DeepSeek: a busy server', 503, { error: { message: 'The server is busy.' } }, 'overloaded'],
  [
    'vLLM: a context too long',
    400,
    {
      object: 'error',
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    'context-too-long',
  ],
  [
    'vLLM: a model that is not there',
    404,
    { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
    'model-not-found',
  ],
  [
    'vLLM: a wrong request',
    400,
    { object: 'error', message: 'top_p must be in (0, 1]', type: 'BadRequestError', code: 400 },
    'bad-request',
  ],
  [
    'llama.cpp: still loading',
    503,
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    'overloaded',
  ],
  [
    'llama.cpp: a context too long',
    400,
    {
      error: {
        code: 400,
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    },
    'context-too-long',
  ],
  [
    'Ollama: a model that was not pulled',
    404,
    { error: 'model "llama9" not found, try pulling it first' },
    'model-not-found',
  ],
  [
    'Ollama: no tools',
    400,
    { error: 'registry.ollama.ai/library/x does not support tools' },
    'unsupported',
  ],
  [
    'Ollama: a runner that died',
    500,
    { error: 'llama runner process has terminated: exit status 2' },
    'server-error',
  ],
  ['TGI: overload', 429, { error: 'Model is overloaded', error_type: 'overloaded' }, 'overloaded'],
  [
    'TGI: an input too long',
    422,
    {
      error: 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000',
      error_type: 'validation',
    },
    'context-too-long',
  ],
  [
    'xAI: a wrong key',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: x.' },
    'bad-key',
  ],
  [
    'Moonshot: a wrong key',
    401,
    { error: { message: 'Invalid Authentication', type: 'invalid_authentication_error' } },
    'bad-key',
  ],
  ['Cloudflare: a worker in front that fails', 522, 'error code: 522', 'server-error'],
  [
    'a firewall in front',
    403,
    '<!DOCTYPE html><title>Just a moment...</title>',
    'garbage',
    { retry: 'next', scope: 'provider' },
  ],
  ['a wrong address', 404, '<html><body>Not Found</body></html>', 'garbage', { retry: 'next' }],
  ['a redirect to a login', 302, '', 'garbage'],
  [
    'a limiter in front that speaks HTML',
    429,
    '<html>Too many</html>',
    'rate-limited',
    { headers: { 'retry-after': '3' }, retryAfterMs: 3_000 },
  ],
  [
    'a draft header in seconds',
    429,
    '',
    'rate-limited',
    { headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, retryAfterMs: 30_000 },
  ],
  [
    'a reset in seconds since the epoch',
    429,
    '',
    'rate-limited',
    { headers: { 'x-ratelimit-reset': String(nowMs / 1_000 + 9) }, retryAfterMs: 9_000 },
  ],
  ['a teapot', 418, '', 'bad-request'],
  [
    'an own server that was cut',
    'event',
    { error: { code: 'stream_truncated', message: 'cut' } },
    'cut',
  ],
  ['an error that says nothing', 'event', { error: { message: 'oops' } }, 'server-error'],
  ['an error that is not JSON', 'event', 'oops', 'server-error'],
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
