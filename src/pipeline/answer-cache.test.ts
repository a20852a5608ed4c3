import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fails, says, scriptedModel } from '../testing/scripted-model.ts'
import { createAnswerCache } from './answer-cache.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'

const cache = { freshMs: 1_000, staleMs: 60_000 }

function rates(
  bench: ReturnType<typeof createBench>,
  script: Parameters<typeof scriptedModel>[0]['script'],
) {
  const model = scriptedModel({ clock: bench.clock, script })
  const pipeline = definePipeline({
    name: 'rates',
    input: z.object({ pair: z.string() }),
    output: z.object({ text: z.string() }),
    models: [model],
    deadlineMs: 5_000,
    cache,
    prompt: ({ input }) => ({ user: input.pair }),
    canned: () => ({ text: 'canned' }),
  })
  return { model, pipeline }
}

describe('answer cache', () => {
  it('gives a fresh answer without asking, for nothing', async () => {
    const bench = createBench()
    const { model, pipeline } = rates(
      bench,
      says('{"text":"1.1"}', { usage: { inputTokens: 5, outputTokens: 2 } }),
    )
    const run = bench.start(await bench.prepare(pipeline))
    expect((await run({ pair: 'EUR/USD' })).source).toBe('primary')
    const again = await run({ pair: 'EUR/USD' })
    expect(again).toMatchObject({
      source: 'cache',
      degraded: false,
      value: { text: '1.1' },
      attempts: [],
      usage: { inputTokens: 0 },
    })
    expect((await run({ pair: 'EUR/GBP' })).source).toBe('primary')
    expect(model.calls.length).toBe(2)
  })

  it('asks again when the answer is no longer fresh', async () => {
    const bench = createBench()
    const { model, pipeline } = rates(bench, says('{"text":"1.1"}'))
    const run = bench.start(await bench.prepare(pipeline))
    await run({ pair: 'a' })
    await bench.clock.advance(1_000)
    expect((await run({ pair: 'a' })).source).toBe('primary')
    expect(model.calls.length).toBe(2)
  })

  it('comes before the canned answer when no model answers, with the reason', async () => {
    const bench = createBench()
    const down = fails({ kind: 'network', code: 'ECONNREFUSED', sent: false })
    const { pipeline } = rates(bench, [says('{"text":"1.1"}'), down])
    const run = bench.start(await bench.prepare(pipeline))
    await run({ pair: 'a' })
    await bench.clock.advance(2_000)
    const running = run({ pair: 'a' })
    await bench.clock.advance(5_000)
    expect(await running).toMatchObject({
      source: 'cache',
      degraded: true,
      value: { text: '1.1' },
      reason: { code: 'network' },
    })
    await bench.clock.advance(60_000)
    const later = run({ pair: 'a' })
    await bench.clock.advance(5_000)
    expect((await later).source).toBe('canned')
  })

  it('is not changed by a caller that changes what it was given', async () => {
    const bench = createBench()
    const { pipeline } = rates(bench, says('{"text":"1.1"}'))
    const run = bench.start(await bench.prepare(pipeline))
    const first = await run({ pair: 'a' })
    ;(first.value as { text: string }).text = 'changed'
    expect((await run({ pair: 'a' })).value).toEqual({ text: '1.1' })
  })

  it('keeps at most as many as it may, and lets go of the one unused for longest', async () => {
    const { clock } = createBench()
    const kept = createAnswerCache({ ...cache, maxAnswers: 2 }, clock)
    const answer = { degraded: false, source: 'primary', value: 'x', model: undefined } as never
    kept.keep('a', answer)
    kept.keep('b', answer)
    kept.find('a')
    kept.keep('c', answer)
    expect(
      [kept.find('a'), kept.find('b'), kept.find('c')].map((each) => each !== undefined),
    ).toEqual([true, false, true])
  })

  it('wants a key where the conversation makes the answer too', () => {
    expect(() =>
      definePipeline({
        name: 'chat',
        input: z.string(),
        output: 'text',
        deadlineMs: 1_000,
        cache,
        memory: { conversation: () => 'c', tokenBudget: 1_000 },
        prompt: ({ input }) => ({ user: input }),
        canned: () => 'x',
      }),
    ).toThrow(/chat\.cache\.key/)
  })
})
