import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HoldfastError } from '../../base/errors.ts'
import { type FailureReason, failureReasons } from '../../model/failure-reason.ts'
import { type FaultEvidence, ModelFault } from '../../model/fault.ts'
import { classify } from './classify.ts'
import { type Diagnosis, diagnose } from './diagnosis.ts'

const nowMs = Date.UTC(2026, 10, 24)
const model = { provider: 'p', id: 'm' }

type Expected = Partial<Diagnosis> & { readonly reason: FailureReason }

const sockets: readonly (readonly [code: string, expected: Expected])[] = [
  ['ECONNREFUSED', { reason: 'network', scope: 'provider', retry: 'next', transient: true }],
  ['ENOTFOUND', { reason: 'network', retry: 'next' }],
  ['EAI_AGAIN', { reason: 'network', retry: 'next' }],
  ['EHOSTUNREACH', { reason: 'network', retry: 'next' }],
  ['ECONNRESET', { reason: 'network', retry: 'same', backoff: 0 }],
  ['EPIPE', { reason: 'network', retry: 'same' }],
  ['UND_ERR_SOCKET', { reason: 'network', retry: 'same' }],
  ['CERT_HAS_EXPIRED', { reason: 'network', retry: 'next', transient: false, coolMs: 60_000 }],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', { reason: 'network', transient: false }],
  ['ERR_TLS_CERT_ALTNAME_INVALID', { reason: 'network', transient: false }],
  ['UND_ERR_CONNECT_TIMEOUT', { reason: 'connect-timeout', retry: 'next', transient: true }],
  ['ETIMEDOUT', { reason: 'connect-timeout' }],
  ['UND_ERR_HEADERS_TIMEOUT', { reason: 'first-content-timeout' }],
  ['UND_ERR_BODY_TIMEOUT', { reason: 'idle-timeout' }],
]

test.each(sockets)('a socket that fails with %s', (code, expected) => {
  expect(
    classify(new ModelFault(model, { kind: 'network', code, sent: true }), nowMs),
  ).toMatchObject(expected)
})

const protocols: readonly (readonly [evidence: FaultEvidence, expected: Expected])[] = [
  [
    { kind: 'protocol', problem: 'html', excerpt: '<html>' },
    { reason: 'garbage', retry: 'next' },
  ],
  [
    { kind: 'protocol', problem: 'bad-content-type', excerpt: 'hi' },
    { reason: 'garbage', retry: 'next' },
  ],
  [
    { kind: 'protocol', problem: 'bad-json', excerpt: '{"ch' },
    { reason: 'garbage', retry: 'same' },
  ],
  [
    { kind: 'protocol', problem: 'bad-utf8', excerpt: '' },
    { reason: 'garbage', retry: 'same' },
  ],
  [
    { kind: 'protocol', problem: 'empty-body', excerpt: '' },
    { reason: 'empty', retry: 'same' },
  ],
  [
    { kind: 'protocol', problem: 'no-choices', excerpt: '' },
    { reason: 'empty', retry: 'same' },
  ],
  [{ kind: 'cut' }, { reason: 'cut', retry: 'next', transient: true }],
  [{ kind: 'cut', code: 'ECONNRESET' }, { reason: 'cut' }],
  [
    { kind: 'too-large', limitBytes: 9 },
    { reason: 'too-large', scope: 'model', transient: false },
  ],
  [
    { kind: 'unsupported', feature: 'tools' },
    { reason: 'unsupported', scope: 'request' },
  ],
]

test.each(protocols)('%o', (evidence, expected) => {
  expect(classify(evidence, nowMs)).toMatchObject(expected)
})

/** As the AI SDK, `fetch` and others throw, told by name and by code, with causes in between. */
const thrown: readonly (readonly [name: string, error: unknown, expected: Expected])[] = [
  [
    'an APICallError of the AI SDK',
    Object.assign(new Error('Too Many Requests'), {
      name: 'AI_APICallError',
      statusCode: 429,
      responseHeaders: { 'Retry-After': '4' },
      responseBody: '{}',
    }),
    { reason: 'rate-limited', retryAfterMs: 4_000 },
  ],
  [
    'a RetryError of the AI SDK',
    Object.assign(new Error('Failed after 3 attempts'), {
      name: 'AI_RetryError',
      lastError: Object.assign(new Error('Unauthorized'), { statusCode: 401 }),
    }),
    { reason: 'bad-key' },
  ],
  [
    'an APICallError whose body did not parse',
    Object.assign(new Error('Invalid JSON'), {
      name: 'AI_APICallError',
      statusCode: 200,
      responseBody: '{',
    }),
    { reason: 'garbage' },
  ],
  [
    'an APICallError without an answer',
    Object.assign(new Error('Cannot connect', { cause: codeError('ECONNREFUSED') }), {
      name: 'AI_APICallError',
    }),
    { reason: 'network', retry: 'next' },
  ],
  ['an unknown model of the AI SDK', named('AI_NoSuchModelError'), { reason: 'model-not-found' }],
  ['a missing key of the AI SDK', named('AI_LoadAPIKeyError'), { reason: 'bad-key' }],
  [
    'a missing feature of the AI SDK',
    named('AI_UnsupportedFunctionalityError'),
    { reason: 'unsupported' },
  ],
  ['an empty body of the AI SDK', named('AI_EmptyResponseBodyError'), { reason: 'empty' }],
  ['a time-out of AbortSignal.timeout', named('TimeoutError'), { reason: 'attempt-timeout' }],
  ['an abort that is not ours', named('AbortError'), { reason: 'cut', transient: true }],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: codeError('UND_ERR_SOCKET') }),
    { reason: 'network', retry: 'same' },
  ],
  [
    'a bug in the client',
    new TypeError('x is not a function'),
    { reason: 'unknown', retry: 'next', scope: 'model' },
  ],
  ['an argument that Node refuses', codeError('ERR_INVALID_ARG_TYPE'), { reason: 'unknown' }],
  ['a string', 'boom', { reason: 'unknown', detail: 'boom' }],
  ['nothing', undefined, { reason: 'unknown' }],
  [
    'a protected model inside another one',
    new HoldfastError('NO_ANSWER', 'None.', { attempts: 2, lastReason: 'refusal' }),
    { reason: 'refusal' },
  ],
  [
    'a fault of another copy of the package',
    new HoldfastError('MODEL_FAILED', 'It failed.', {
      provider: 'p',
      model: 'm',
      reason: 'overloaded',
    }),
    { reason: 'overloaded' },
  ],
]

test.each(thrown)('%s', (_name, error, expected) => {
  expect(classify(error, nowMs)).toMatchObject(expected)
})

test('a chain of causes that bites its tail ends', () => {
  const error = new Error('a')
  error.cause = new Error('b', { cause: error })
  expect(classify(error, nowMs).reason).toBe('unknown')
})

test('anything thrown gets exactly one of the known reasons', () => {
  const evidence = fc.record({
    kind: fc.constantFrom('http', 'error-event'),
    status: fc.integer({ min: 100, max: 999 }),
    headers: fc.dictionary(
      fc.constantFrom('retry-after', 'retry-after-ms', 'x-ratelimit-reset-tokens'),
      fc.string(),
    ),
    body: fc.oneof(fc.string(), fc.json()),
  })
  fc.assert(
    fc.property(fc.oneof(evidence, fc.anything()), (value) => {
      const { reason, retryAfterMs = 0, detail } = classify(value, nowMs)
      expect(failureReasons).toContain(reason)
      expect(retryAfterMs).toBeGreaterThanOrEqual(0)
      expect(retryAfterMs).toBeLessThanOrEqual(3_600_000)
      expect(detail.length).toBeLessThan(400)
    }),
    { numRuns: 2_000 },
  )
})

test('quota, key and a wrong request are never retried', () => {
  for (const reason of ['quota-exhausted', 'bad-key', 'bad-request'] as const) {
    expect(diagnose(reason, '').transient).toBe(false)
    expect(['next', 'none']).toContain(diagnose(reason, '').retry)
  }
})

test('what is wrong with a request never counts against a model', () => {
  const requests = [
    'bad-request',
    'context-too-long',
    'unsupported',
    'content-filter',
    'refusal',
    'length',
  ]
  for (const reason of failureReasons) {
    if (requests.includes(reason)) expect(diagnose(reason, '').scope).toBe('request')
  }
})

function named(name: string): Error {
  return Object.assign(new Error('A message.'), { name })
}

function codeError(code: string): Error {
  return Object.assign(new Error('A message.'), { code })
}
