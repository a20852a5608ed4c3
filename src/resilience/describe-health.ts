import type { ModelHealth } from './health.ts'
import type { Settings } from './settings.ts'
import type { Target } from './target.ts'

/** How a model is doing, from what is shared and from what this process knows. */
export function describeHealth(target: Target, settings: Settings): ModelHealth {
  const { index, model, health, local } = target
  const state = settings.health.store.look(health)
  const { breaker } = state
  const nowMs = settings.clock.now()
  const untilMs = Math.max(breaker.name === 'open' ? breaker.untilMs : 0, state.heldUntilMs ?? 0)
  const median = local.firstContent.quantile(0.5, nowMs)
  const p95 = local.firstContent.quantile(0.95, nowMs)
  return {
    modelIndex: index,
    provider: model.provider,
    model: model.id,
    key: health.key,
    breaker: breaker.name,
    ...(breaker.name !== 'closed' && { cause: breaker.cause }),
    ...(untilMs > 0 && { untilMs }),
    failureShare: state.failureShare,
    ...(state.validShare !== undefined && { validShare: state.validShare }),
    retriesLeft: state.retriesLeft,
    inFlight: local.lane.inFlight,
    queued: local.lane.queued,
    concurrencyLimit: local.lane.limit(settings.concurrency),
    requestsLastMinute: state.usedLastMinute.requests,
    tokensLastMinute: state.usedLastMinute.tokens,
    ...(median !== undefined && p95 !== undefined && { firstContentMs: { median, p95 } }),
    servedModels: local.servedModels,
  }
}
