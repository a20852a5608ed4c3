import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ModelRequest } from '../model/model.ts'
import { fails, says, scriptedModel } from '../testing/scripted-model.ts'
import { type BudgetLimits, openBudget, type Spent } from './budget.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'

const model = scriptedModel({ id: 'priced', script: says('x') })
const prices = { priced: { input: 1, output: 10 } }
const never = new AbortController().signal

/** A request of 100 bytes and a given length of answer: 50 tokens in at most. */
function planned(maxOutputTokens: number) {
  const overhead = JSON.stringify([[{ role: 'user', content: '' }], undefined, undefined]).length
  const content = 'x'.repeat(100 - overhead)
  const request: ModelRequest = { messages: [{ role: 'user', content }], maxOutputTokens }
  return { model, request, delivered: '' }
}

function createCheckpoints() {
  const kept = new Map<string, unknown>()
  return {
    kept,
    get: async (step: string) => (kept.has(step) ? { value: kept.get(step) } : undefined),
    put: async (step: string, value: unknown) => void kept.set(step, value),
  }
}

const open = (limits: BudgetLimits, checkpoints?: ReturnType<typeof createCheckpoints>) =>
  openBudget({ limits, models: [model], prices, checkpoints })

describe('a budget', () => {
  it('refuses what could pass its limit', async () => {
    const budget = await open({ tokens: 149 })
    expect(await budget.reserve(planned(100), never)).toBeUndefined()
    expect(await budget.reserve(planned(99), never)).toBeDefined()
    const dollars = await open({ usd: 0.00104 })
    expect(await dollars.reserve(planned(100), never)).toBeUndefined()
    expect(await dollars.reserve(planned(99), never)).toBeDefined()
  })

  it('waits for what others may give back', async () => {
    const budget = await open({ tokens: 200 })
    const first = await budget.reserve(planned(100), never)
    const second = budget.reserve(planned(100), never)
    first?.settle({ inputTokens: 20, outputTokens: 30 })
    expect(await second).toBeDefined()
    expect(budget.spent).toMatchObject({ tokens: 50 })
  })

  it('refuses once the others have given back too little', async () => {
    const budget = await open({ tokens: 200 })
    const first = await budget.reserve(planned(100), never)
    const second = budget.reserve(planned(100), never)
    first?.settle({ inputTokens: 20, outputTokens: 90 })
    expect(await second).toBeUndefined()
  })

  it('stops waiting when the call is aborted', async () => {
    const budget = await open({ tokens: 200 })
    await budget.reserve(planned(100), never)
    const caller = new AbortController()
    const second = budget.reserve(planned(100), caller.signal)
    caller.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
  })

  it('doubles a count that no provider has made', async () => {
    const budget = await open({ tokens: 1_000 })
    const reservation = await budget.reserve(planned(100), never)
    reservation?.settle({ inputTokens: 20, outputTokens: 30, estimated: true })
    expect(budget.spent.tokens).toBe(100)
  })

  it('takes all that was set aside for spent where a sent request was lost', async () => {
    const budget = await open({ tokens: 1_000 })
    const reservation = await budget.reserve(planned(100), never)
    reservation?.settle('unknown')
    expect(budget.spent.tokens).toBe(150)
  })

  it.each([true, false])('tells a lost request from one that was never sent (%s)', async (sent) => {
    const { run, clock } = createBench()
    const lost = scriptedModel({
      clock,
      script: fails({ kind: 'network', code: 'ECONNRESET', sent }),
    })
    let tokens = 0
    const running = run(
      definePipeline({
        name: 'lost',
        input: z.string(),
        output: 'text',
        models: [lost],
        deadlineMs: 5_000,
        maxOutputTokens: 100,
        budget: { tokens: 1_000 },
        async run({ input, ask, spent }) {
          const value = await ask({ output: 'text', user: input, canned: () => 'Nothing.' })
          tokens = spent().tokens
          return value
        },
        canned: 'none',
      }),
      'x',
    )
    await clock.advance(5_000)
    expect(await running).toMatchObject({ value: 'Nothing.' })
    if (sent) expect(tokens).toBeGreaterThan(100 * lost.calls.length)
    else expect(tokens).toBe(0)
  })

  it('takes what a crash left set aside for spent', async () => {
    const checkpoints = createCheckpoints()
    const budget = await open({ tokens: 200 }, checkpoints)
    await budget.reserve(planned(100), never)
    const afterCrash = await open({ tokens: 200 }, checkpoints)
    expect(afterCrash.spent.tokens).toBe(150)
    expect(await afterCrash.reserve(planned(100), never)).toBeUndefined()
  })

  it('needs the price of each model for a limit in dollars', async () => {
    const opened = openBudget({
      limits: { usd: 1 },
      models: [model],
      prices: {},
      checkpoints: undefined,
    })
    await expect(opened).rejects.toThrow(/a price for priced/)
  })

  it('holds whatever is asked at the same time', async () => {
    const attempt = fc.record({
      most: fc.integer({ min: 0, max: 200 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(attempt, { maxLength: 20 }),
        fc.integer({ min: 0, max: 1_000 }),
        async (attempts, tokens) => {
          const checkpoints = createCheckpoints()
          const budget = await open({ tokens }, checkpoints)
          await Promise.all(
            attempts.map(async ({ most, share }) => {
              const reservation = await budget.reserve(planned(most), never)
              expect(
                (checkpoints.kept.get('@budget') as Spent | undefined)?.tokens ?? 0,
              ).toBeLessThanOrEqual(tokens)
              await Promise.resolve()
              reservation?.settle({ inputTokens: 50, outputTokens: Math.floor(most * share) })
            }),
          )
          expect(budget.spent.tokens).toBeLessThanOrEqual(tokens)
        },
      ),
    )
  })
})
