import { invalidConfig } from '../base/errors.ts'
import type { Model } from '../model/model.ts'
import { findPrice, type Price } from '../model/price.ts'
import { createChangeLog } from './report-change.ts'
import type { Settings } from './settings.ts'
import type { HealthTarget } from './shared/health-store.ts'
import type { LocalHealth } from './shared/local-health.ts'

/** One model of a protected model, with where its health is kept. */
export interface Target {
  readonly index: number
  readonly model: Model
  readonly health: HealthTarget
  readonly local: LocalHealth
  /** Only where a limit of dollars needs it. */
  readonly price: Price | undefined
}

export function createTargets(models: readonly Model[], settings: Settings): readonly Target[] {
  const taken = new Set<string>()
  return models.map((model, index) => {
    const key = uniqueKey(model, taken)
    const local = settings.health.local(key)
    const log = createChangeLog(model, settings.telemetry)
    const health: HealthTarget = {
      key,
      account: model.account === undefined ? key : `${model.provider}@${model.account}`,
      settings: settings.healthOf(index),
      onChange(change) {
        if (change.to.name === 'open') local.lane.forget()
        log(change)
      },
    }
    return {
      index,
      model,
      health,
      local,
      price: priceOf(model, index, settings),
    }
  })
}

/**
 * Two models of one list never share their health, even if they are named alike: the second may be the
 * same model behind another address, and is there because the first may fail.
 */
function uniqueKey({ provider, id, account }: Model, taken: Set<string>): string {
  const name = `${provider}/${id}${account === undefined ? '' : `@${account}`}`
  let key = name
  for (let copy = 2; taken.has(key); copy++) key = `${name}#${copy}`
  taken.add(key)
  return key
}

function priceOf(model: Model, index: number, settings: Settings): Price | undefined {
  if (settings.healthOf(index).rateLimit?.usdPerMinute === undefined) return undefined
  const price = findPrice(model.id, settings.prices)
  if (!price)
    throw invalidConfig('prices', undefined, `a price for ${model.id}, which usdPerMinute needs`)
  return price
}
