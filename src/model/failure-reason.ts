/**
 * Why an attempt at a model did not give a usable answer. One closed list for all providers: policies,
 * metrics, traces and the answer itself speak in these words.
 */
export const failureReasons = [
  /** 429: too many requests or tokens for now. */
  'rate-limited',
  /** The account has no money or quota left; waiting does not help. */
  'quota-exhausted',
  /** 503, 529 or a shared pool that is full. */
  'overloaded',
  /** Another 5xx, or an error event that means one. */
  'server-error',
  /** DNS, refused, reset or TLS: no answer came. */
  'network',
  'connect-timeout',
  'first-content-timeout',
  'idle-timeout',
  'attempt-timeout',
  /** The request is wrong and would be wrong anywhere. */
  'bad-request',
  'context-too-long',
  'model-not-found',
  /** A schema feature or a parameter that this model does not take. */
  'unsupported',
  'bad-key',
  'content-filter',
  'refusal',
  /** The stream or the body broke off before its end. */
  'cut',
  /** The model stopped at the limit of output tokens. */
  'length',
  'empty',
  /** Status 200, but not the protocol: HTML, broken JSON, broken UTF-8. */
  'garbage',
  /** Another model answered than the one asked for. */
  'wrong-model',
  'broken-tool-call',
  'too-large',
  /** The answer does not fit the schema, also after corrections. */
  'invalid-output',
  /** Not tried: the circuit breaker is open. */
  'breaker-open',
  /** Not tried: the limits admit no more now. */
  'not-admitted',
  /** Not tried: it could have cost more than the budget of the answer has left. */
  'budget',
  /** Not tried, or given up: the deadline. */
  'deadline',
  'aborted',
  'unknown',
] as const

export type FailureReason = (typeof failureReasons)[number]
