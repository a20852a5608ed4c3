import type { FailureReason } from '../../../model/failure-reason.ts'
import { jsonHeaders } from '../completion.ts'
import { bothModes, type FaultContext, type RehearsalFault } from '../fault.ts'
import type { Step } from '../step.ts'

/** An answer with an error status. */
interface StatusFault {
  readonly id: string
  readonly summary: string
  readonly status: number
  readonly reason: FailureReason
  readonly headers?: (context: FaultContext) => Readonly<Record<string, string>>
  readonly body?: (context: FaultContext) => unknown
}

/** An error body as OpenAI and those who follow it write it. */
function openaiError(
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
) {
  return () => ({ error: { message, type, param, code } })
}

/** An error body as Anthropic writes it. */
function anthropicError(message: string, type: string, more: object = {}) {
  return () => ({ type: 'error', error: { type, message, ...more }, request_id: 'req_rehearsal' })
}

const page = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>`

const retryAfterMs = ({ options }: FaultContext, otherwise: number): number =>
  options.retryAfterMs ?? otherwise
const inSeconds = (ms: number): string => String(Math.ceil(ms / 1_000))
const rateLimited = openaiError(
  'Rate limit reached for requests',
  'requests',
  'rate_limit_exceeded',
)
const geminiQuota = (delay: string, quota: string) => () => [
  {
    error: {
      code: 429,
      message: 'You exceeded your current quota, please check your plan and billing details.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [{ quotaId: quota, quotaValue: '10' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay },
      ],
    },
  },
]

const definitions: readonly StatusFault[] = [
  {
    id: 'rate-limit-seconds',
    summary: 'too many requests; `retry-after` in seconds',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({
      'retry-after': inSeconds(retryAfterMs(context, 20_000)),
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
    }),
    body: rateLimited,
  },
  {
    id: 'rate-limit-date',
    summary: 'too many requests; `retry-after` as an HTTP date',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({
      'retry-after': new Date(context.nowMs + retryAfterMs(context, 20_000)).toUTCString(),
    }),
    body: rateLimited,
  },
  {
    id: 'rate-limit-ms',
    summary: 'too many requests; `retry-after-ms`',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({ 'retry-after-ms': String(retryAfterMs(context, 300)) }),
    body: rateLimited,
  },
  {
    id: 'rate-limit-reset',
    summary: 'too many tokens; only OpenAI’s `x-ratelimit-reset-*` say until when',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({
      'x-ratelimit-limit-tokens': '40000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': `${inSeconds(retryAfterMs(context, 360_000))}s`,
      'x-ratelimit-reset-requests': '0s',
    }),
    body: openaiError('Rate limit reached for tokens', 'tokens', 'rate_limit_exceeded'),
  },
  {
    id: 'rate-limit-anthropic',
    summary: 'too many tokens, as Anthropic says it; the reset is a point in time',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({
      'retry-after': inSeconds(retryAfterMs(context, 15_000)),
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': new Date(
        context.nowMs + retryAfterMs(context, 15_000),
      ).toISOString(),
    }),
    body: anthropicError('This request would exceed your rate limit', 'rate_limit_error'),
  },
  {
    id: 'rate-limit-gemini',
    summary: 'too many requests, as Gemini says it: in an array, the delay in the body alone',
    status: 429,
    reason: 'rate-limited',
    body: (context) =>
      geminiQuota(
        `${inSeconds(retryAfterMs(context, 46_000))}s`,
        'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
      )(),
  },
  {
    id: 'quota-gemini-daily',
    summary: 'the quota of the day is used up, as Gemini says it',
    status: 429,
    reason: 'quota-exhausted',
    body: geminiQuota('36997s', 'GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
  },
  {
    id: 'rate-limit-azure',
    summary: 'too many requests, as Azure says it: the limit itself was cut',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({
      'retry-after-ms': String(retryAfterMs(context, 800)),
      'retry-after': inSeconds(retryAfterMs(context, 800)),
      'x-ratelimit-limit-tokens': '1000',
    }),
    body: openaiError('Requests have exceeded the call rate limit', 'requests', '429'),
  },
  {
    id: 'rate-limit-long',
    summary: 'too many requests; the wait is longer than any deadline',
    status: 429,
    reason: 'rate-limited',
    headers: (context) => ({ 'retry-after': inSeconds(retryAfterMs(context, 120_000)) }),
    body: rateLimited,
  },
  {
    id: 'rate-limit-bare',
    summary: 'too many requests, without a word on how long',
    status: 429,
    reason: 'rate-limited',
    body: rateLimited,
  },
  {
    id: 'quota-openai',
    summary: 'no money left, as OpenAI says it: a 429 that waiting does not help',
    status: 429,
    reason: 'quota-exhausted',
    body: openaiError(
      'You exceeded your current quota',
      'insufficient_quota',
      'insufficient_quota',
    ),
  },
  {
    id: 'quota-openai-limit',
    summary: 'the spend limit of the project is reached',
    status: 429,
    reason: 'quota-exhausted',
    body: openaiError(
      'The project has reached its spend limit',
      'insufficient_quota',
      'project_spend_limit_exceeded',
    ),
  },
  {
    id: 'quota-anthropic',
    summary: 'the spend limit is reached, as Anthropic says it',
    status: 429,
    reason: 'quota-exhausted',
    body: anthropicError('Your organization has reached its spend limit', 'rate_limit_error', {
      details: { error_code: 'enforced_spend_limit_reached' },
    }),
  },
  {
    id: 'quota-payment',
    summary: 'payment required, as OpenRouter says it',
    status: 402,
    reason: 'quota-exhausted',
    body: () => ({ error: { code: 402, message: 'Insufficient credits' } }),
  },
  {
    id: 'server-error',
    summary: 'an internal error',
    status: 500,
    reason: 'server-error',
    body: openaiError('The server had an error', 'server_error', null),
  },
  {
    id: 'bad-gateway',
    summary: 'a gateway’s HTML page in place of an answer',
    status: 502,
    reason: 'server-error',
    headers: () => ({ 'content-type': 'text/html' }),
    body: () => page('502 Bad Gateway'),
  },
  {
    id: 'unavailable',
    summary: 'the engine is overloaded',
    status: 503,
    reason: 'overloaded',
    body: openaiError('The engine is currently overloaded', 'server_error', 'service_unavailable'),
  },
  {
    id: 'gateway-timeout',
    summary: 'a gateway gave up waiting; no body',
    status: 504,
    reason: 'server-error',
  },
  {
    id: 'overloaded',
    summary: 'overloaded, as Anthropic says it',
    status: 529,
    reason: 'overloaded',
    headers: () => ({ 'x-should-retry': 'true' }),
    body: anthropicError('Overloaded', 'overloaded_error'),
  },
  {
    id: 'request-timeout',
    summary: 'the server timed the request out',
    status: 408,
    reason: 'server-error',
    body: openaiError('Request timed out', 'timeout', null),
  },
  {
    id: 'conflict',
    summary: 'a lock is held',
    status: 409,
    reason: 'server-error',
    body: openaiError('Lock conflict, try again', 'conflict_error', null),
  },
  {
    id: 'bad-key',
    summary: 'the key is wrong',
    status: 401,
    reason: 'bad-key',
    body: openaiError('Incorrect API key provided', 'invalid_request_error', 'invalid_api_key'),
  },
  {
    id: 'forbidden',
    summary: 'the region is not served',
    status: 403,
    reason: 'bad-key',
    body: openaiError(
      'Country not supported',
      'request_forbidden',
      'unsupported_country_region_territory',
    ),
  },
  {
    id: 'bad-request',
    summary: 'the request is wrong',
    status: 400,
    reason: 'bad-request',
    body: openaiError(
      'Invalid value for messages',
      'invalid_request_error',
      'invalid_value',
      'messages',
    ),
  },
  {
    id: 'unsupported-parameter',
    summary: 'the model does not take a parameter',
    status: 400,
    reason: 'unsupported',
    body: openaiError(
      'Unsupported parameter: temperature',
      'invalid_request_error',
      'unsupported_parameter',
      'temperature',
    ),
  },
  {
    id: 'context-too-long',
    summary: 'the prompt is longer than the window',
    status: 400,
    reason: 'context-too-long',
    body: openaiError(
      'This model’s maximum context length is 32768 tokens',
      'invalid_request_error',
      'context_length_exceeded',
      'messages',
    ),
  },
  {
    id: 'context-too-long-anthropic',
    summary: 'the prompt is longer than the window, as Anthropic says it',
    status: 400,
    reason: 'context-too-long',
    body: anthropicError(
      'prompt is too long: 212000 tokens > 200000 maximum',
      'invalid_request_error',
    ),
  },
  {
    id: 'request-too-large',
    summary: 'the request has too many bytes',
    status: 413,
    reason: 'context-too-long',
    body: anthropicError('Request exceeds the maximum size', 'request_too_large'),
  },
  {
    id: 'model-gone',
    summary: 'the model is not there any more',
    status: 404,
    reason: 'model-not-found',
    body: openaiError(
      'The model does not exist',
      'invalid_request_error',
      'model_not_found',
      'model',
    ),
  },
  {
    id: 'content-filter-azure',
    summary: 'the prompt is filtered, as Azure says it',
    status: 400,
    reason: 'content-filter',
    body: () => ({
      error: {
        message: 'The response was filtered',
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: {
          code: 'ResponsibleAIPolicyViolation',
          content_filter_result: { violence: { filtered: true, severity: 'medium' } },
        },
      },
    }),
  },
]

export const statusFaults: readonly RehearsalFault[] = definitions.map((fault) => ({
  id: fault.id,
  summary: `${fault.status}: ${fault.summary}`,
  modes: bothModes,
  reasons: [fault.reason],
  expected: { outcome: 'fault', evidence: { kind: 'http', status: fault.status } },
  steps: (context) => statusSteps(fault, context),
}))

function statusSteps({ status, headers, body }: StatusFault, context: FaultContext): Step[] {
  const value = body?.(context) ?? ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return [
    {
      do: 'head',
      status,
      headers: {
        ...(text === '' ? {} : jsonHeaders),
        'content-length': String(Buffer.byteLength(text)),
        ...headers?.(context),
      },
    },
    { do: 'write', bytes: text },
    { do: 'end' },
  ]
}
