import type { FailureReason } from '../../model/failure-reason.ts'

/** What a failure is, and what it asks for. */
export interface Diagnosis extends Reaction {
  readonly reason: FailureReason
  /** In words, for logs and traces; sanitised before it leaves the process. */
  readonly detail: string
  /** The provider's own word on when to come back, in milliseconds from now. */
  readonly retryAfterMs?: number
}

export interface Reaction {
  /**
   * What the failure says something about. Only `model`, `provider` and `key` count against health: a
   * `request` that is wrong says nothing about who refused it.
   */
  readonly scope: FailureScope
  /**
   * `same`: once more to the same model, then the next; `wait`: the same after the hint, where that is
   * short, else the next; `next`: another model at once; `none`: nobody can answer this.
   */
  readonly retry: 'same' | 'wait' | 'next' | 'none'
  /** The same model may succeed with the same request: what a call without another model left may try. */
  readonly transient: boolean
  /** Multiplies the back-off before the same model is asked again; 0 asks at once. */
  readonly backoff: number
  /** For how long the model or the key is of no use to any call, in milliseconds. */
  readonly coolMs?: number
}

export type FailureScope = 'request' | 'model' | 'provider' | 'key'

/**
 * How long a model without quota, key or existence is left alone before one call looks again. Only a
 * person can mend it, and each further time doubles the wait.
 */
const lastingMs = 60_000

/** How long a model that said 429 without saying how long is left alone: one window of most limiters. */
const unsaidWaitMs = 1_000

/** The reaction to each reason, from its usual cause. Single codes deviate in the tables that name them. */
const reactions: Readonly<Record<FailureReason, Reaction>> = {
  'rate-limited': { ...wait('model'), coolMs: unsaidWaitMs },
  'quota-exhausted': { ...lasting('key'), coolMs: lastingMs },
  // A pool that is full empties more slowly than a server restarts.
  overloaded: same('model', 2),
  'server-error': same('model', 1),
  network: passing('provider'),
  'connect-timeout': passing('provider'),
  'first-content-timeout': passing('model'),
  'idle-timeout': passing('model'),
  'attempt-timeout': passing('model'),
  'bad-request': hopeless(),
  'context-too-long': lasting('request'),
  'model-not-found': { ...lasting('model'), coolMs: lastingMs },
  unsupported: lasting('request'),
  'bad-key': { ...lasting('key'), coolMs: lastingMs },
  'content-filter': lasting('request'),
  refusal: lasting('request'),
  cut: passing('model'),
  length: lasting('request'),
  empty: same('model', 0),
  garbage: same('provider', 0),
  'wrong-model': lasting('model'),
  'broken-tool-call': same('request', 0),
  'too-large': lasting('model'),
  'invalid-output': hopeless(),
  'breaker-open': lasting('request'),
  'not-admitted': lasting('request'),
  budget: lasting('request'),
  deadline: hopeless(),
  aborted: hopeless(),
  unknown: passing('model'),
}

/** The usual diagnosis of a reason, with what is known better about this case. */
export function diagnose(
  reason: FailureReason,
  detail: string,
  known: Partial<Omit<Diagnosis, 'reason' | 'detail'>> = {},
): Diagnosis {
  return { reason, detail, ...reactions[reason], ...known }
}

function same(scope: FailureScope, backoff: number): Reaction {
  return { scope, retry: 'same', transient: true, backoff }
}

function wait(scope: FailureScope): Reaction {
  return { scope, retry: 'wait', transient: true, backoff: 2 }
}

/** Another model is the faster way out, but this one may well answer next time. */
function passing(scope: FailureScope): Reaction {
  return { scope, retry: 'next', transient: true, backoff: 1 }
}

/** This model will say the same again. */
function lasting(scope: FailureScope): Reaction {
  return { scope, retry: 'next', transient: false, backoff: 0 }
}

function hopeless(): Reaction {
  return { scope: 'request', retry: 'none', transient: false, backoff: 0 }
}
