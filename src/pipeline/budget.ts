import { invalidConfig } from '../base/errors.ts'
import type { Model } from '../model/model.ts'
import { costUsd, findPrice, type PriceTable } from '../model/price.ts'
import type { Usage } from '../model/usage.ts'
import type { PlannedAttempt, Reservation } from '../resilience/call-event.ts'
import type { Checkpoints } from './run.ts'

/**
 * The problem: calls of several steps run at the same time, each may be retried, and what one costs is
 * known when it is over. The road taken: before every attempt the most that it can cost is set aside, and
 * given back but for what it used. Spent and set aside together never pass the limit. Where they would,
 * the attempt waits for others to give back, and is refused when none is left to wait for.
 *
 * The account is written down before an attempt is sent, so that it survives the process: what a crash
 * left set aside counts as spent.
 */

/** What one answer may cost over all its attempts and runs. At least one of the two is given. */
export interface BudgetLimits {
  readonly usd?: number
  /** Input and output together. */
  readonly tokens?: number
}

export interface Spent {
  readonly usd: number
  readonly tokens: number
}

export interface Budget {
  /** Waits while attempts under way may give back enough; undefined where that cannot be. */
  reserve(planned: PlannedAttempt, signal: AbortSignal): Promise<Reservation | undefined>
  /** Writes the account down as it is now. */
  save(): Promise<void>
  /** By attempts that are over. */
  readonly spent: Spent
}

export interface BudgetOptions {
  readonly limits: BudgetLimits
  readonly models: readonly Model[]
  readonly prices: PriceTable
  readonly checkpoints: Checkpoints | undefined
}

/** The name under which the account stands among the checkpoints; no step may bear it. */
export const accountName = '@budget'

const nothing: Spent = { usd: 0, tokens: 0 }

/**
 * Opens the account of an answer, with what earlier runs of it have spent.
 *
 * @throws INVALID_CONFIG where a limit in dollars cannot be held because the price of a model is not known.
 */
export async function openBudget(options: BudgetOptions): Promise<Budget> {
  const { limits, prices, checkpoints } = options
  checkBudget(limits, options.models, prices)
  const kept = await checkpoints?.get(accountName)
  // Written by `save` below.
  let spent = (kept?.value as Spent | undefined) ?? nothing
  let held = nothing
  let underWay = 0
  let wake: (() => void)[] = []

  const fits = (sum: Spent) =>
    sum.usd <= (limits.usd ?? Number.POSITIVE_INFINITY) &&
    sum.tokens <= (limits.tokens ?? Number.POSITIVE_INFINITY)
  const save = async () => checkpoints?.put(accountName, { ...add(spent, held) })
  const settle = (most: Spent, used: Spent) => {
    held = underWay === 1 ? nothing : add(held, most, -1)
    underWay--
    spent = add(spent, used)
    for (const each of wake) each()
    wake = []
  }

  return {
    save,
    get spent() {
      return spent
    },
    async reserve(planned, signal) {
      const most = mostOf(planned, prices)
      while (!fits(add(add(spent, held), most))) {
        if (underWay === 0 || !fits(add(spent, most))) return undefined
        await nextSettlement(wake, signal)
      }
      held = add(held, most)
      underWay++
      try {
        await save()
      } catch (error) {
        settle(most, nothing)
        throw error
      }
      return { settle: (usage) => settle(most, usedOf(usage, most, planned.model, prices)) }
    },
  }
}

/** @throws INVALID_CONFIG for limits that cannot be held. */
export function checkBudget(
  { usd, tokens }: BudgetLimits,
  models: readonly Model[],
  prices: PriceTable,
): void {
  if (usd === undefined && tokens === undefined) {
    throw invalidConfig('budget', '{}', 'a limit in usd, in tokens or in both')
  }
  for (const [name, value] of Object.entries({ usd, tokens })) {
    if (value !== undefined && !(value >= 0))
      throw invalidConfig(`budget.${name}`, value, '0 or more')
  }
  if (usd === undefined) return
  for (const { id } of models) {
    if (findPrice(id, prices)) continue
    throw invalidConfig(
      'budget.usd',
      usd,
      `a price for ${id}, which the table of prices does not have; add it with the option prices`,
    )
  }
}

/**
 * The most that an attempt can cost. Half of its bytes are more tokens than any vendor makes of a text
 * (about a quarter in English, one for each character of three bytes in Chinese).
 */
function mostOf({ model, request, delivered }: PlannedAttempt, prices: PriceTable): Spent {
  const { messages, tools, output, maxOutputTokens = 0 } = request
  const text = JSON.stringify([messages, tools, output]) + delivered
  return priceOf(
    { inputTokens: Math.ceil(Buffer.byteLength(text) / 2), outputTokens: maxOutputTokens },
    model,
    prices,
  )
}

/**
 * A count of our own is a rule of thumb, so it is doubled, up to what was set aside. What nobody has
 * counted is taken for all of that.
 */
function usedOf(
  usage: Usage | 'unknown' | undefined,
  most: Spent,
  model: Model,
  prices: PriceTable,
): Spent {
  if (!usage) return nothing
  if (usage === 'unknown') return most
  const used = priceOf(usage, model, prices)
  if (!usage.estimated) return used
  return {
    usd: Math.min(most.usd, used.usd * 2),
    tokens: Math.min(most.tokens, used.tokens * 2),
  }
}

function priceOf(usage: Usage, model: Model, prices: PriceTable): Spent {
  const price = findPrice(model.id, prices)
  return {
    usd: price ? costUsd(usage, price) : 0,
    tokens: usage.inputTokens + usage.outputTokens,
  }
}

function add(one: Spent, other: Spent, sign = 1): Spent {
  return { usd: one.usd + sign * other.usd, tokens: one.tokens + sign * other.tokens }
}

/** Rejects with the signal's reason when it aborts first. */
function nextSettlement(wake: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    wake.push(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}
