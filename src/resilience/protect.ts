import { invalidConfig } from '../base/errors.ts'
import type { Model, ModelRequest } from '../model/model.ts'
import { asModel } from './as-model.ts'
import { Call, type CallSpec } from './call/call.ts'
import { SingleFlight } from './call/single-flight.ts'
import { walk } from './call/walk.ts'
import type { CallEvent, CallOptions } from './call-event.ts'
import { describeHealth } from './describe-health.ts'
import type { ModelHealth } from './health.ts'
import type { ProtectPolicy } from './policy.ts'
import { resolvePolicy } from './settings.ts'
import { createTargets } from './target.ts'

export type { ProtectPolicy } from './policy.ts'

/** Models in order, behind one guard. It is itself a model, to hand to whatever takes one. */
export interface ProtectedModel extends Model {
  readonly models: readonly Model[]
  /**
   * One protected call: attempts, retries and fallbacks as events that end with exactly one
   * `call-finished`, before the deadline. It is pulled: nothing is sent before the first event is asked
   * for. Leaving the loop cancels what is under way.
   *
   * @throws The caller's own abort reason, and nothing else; a failed call is an outcome.
   */
  call(request: ModelRequest, options: CallOptions): AsyncIterable<CallEvent>
  /** Tells whether an answer of that model fitted its schema; part of the model's health. */
  reportQuality(modelIndex: number, valid: boolean): void
  /** How the models are doing now, in their order. */
  health(): readonly ModelHealth[]
}

/**
 * Puts models behind the guard: classified retries within a budget, fallback in order, a circuit breaker
 * for each model, clocks that count content, limits, and answers that are whole or say that they are not.
 *
 * @throws INVALID_CONFIG where a value of the policy cannot work.
 *
 * @example
 * const model = protect([primary, fallback], { midStream: 'continue', timeout: { firstContentMs: 4_000 } })
 * const { text } = await model.generate({ messages }, { signal })
 */
export function protect(models: readonly Model[], policy: ProtectPolicy = {}): ProtectedModel {
  const [first] = models
  if (!first) throw invalidConfig('models', '[]', 'at least one model')
  const settings = resolvePolicy(policy)
  const targets = createTargets(models, settings)
  const flights = settings.singleFlight ? new SingleFlight() : undefined

  const makeCall = (
    request: ModelRequest,
    { mayReset, ...options }: CallOptions & { readonly mayReset: boolean },
  ): AsyncIterable<CallEvent> => {
    checkStart(options, models)
    const start = (shared: CallOptions) =>
      startCall({ targets, settings, request, options: shared, mayReset })
    return iterate(flights ? flights.join(request, options, start) : start(options))
  }

  const id = policy.name ?? first.id
  return {
    provider: first.provider,
    id,
    models,
    ...asModel(models, settings, { name: id, makeCall }),
    call: (request, options) => makeCall(request, { ...options, mayReset: true }),
    reportQuality(modelIndex, valid) {
      const target = targets[modelIndex]
      if (target) settings.health.store.reportQuality(target.health, valid)
    },
    health: () => targets.map((target) => describeHealth(target, settings)),
  }
}

/**
 * The events of a call. An async generator cannot be left while it waits: its `return` queues behind the
 * wait. So leaving ends the call first, and the wait with it.
 */
function startCall(spec: CallSpec): AsyncIterator<CallEvent, void, undefined> {
  let started: { call: Call; events: AsyncGenerator<CallEvent, void, undefined> } | undefined
  return {
    next() {
      if (!started) {
        const call = new Call(spec)
        started = { call, events: walk(call) }
      }
      return started.events.next()
    },
    async return() {
      if (!started) return { done: true, value: undefined }
      started.call.leave()
      return started.events.return()
    },
  }
}

/** For one reader, once: a call is not made again by reading it again. */
function iterate(events: AsyncIterator<CallEvent, unknown, undefined>): AsyncIterable<CallEvent> {
  const iterator = {
    next: () => events.next(),
    return: async () => (await events.return?.()) ?? { done: true as const, value: undefined },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

function checkStart({ startAt = 0 }: CallOptions, models: readonly Model[]): void {
  if (Number.isInteger(startAt) && startAt >= 0 && startAt < models.length) return
  throw invalidConfig('startAt', startAt, `an index from 0 to ${models.length - 1}`)
}
