import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Model } from '../model/model.ts'
import { fails, says, scriptedModel } from '../testing/scripted-model.ts'
import type { BudgetLimits } from './budget.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'

const article = (models: readonly Model[]) =>
  definePipeline({
    name: 'article',
    input: z.object({ topic: z.string() }),
    output: z.object({ title: z.string(), body: z.string() }),
    models,
    deadlineMs: 10_000,
    async run({ input, step, ask }) {
      const title = await step('title', () =>
        ask({ output: 'text', user: `Title for ${input.topic}` }),
      )
      const body = await step('body', () =>
        ask({ output: 'text', user: `Body of ${title}`, show: true }),
      )
      return { title, body }
    },
    canned: ({ input }) => ({ title: input.topic, body: 'To follow.' }),
  })

const usage = { inputTokens: 3, outputTokens: 2 }

describe('runSteps', () => {
  it('runs named steps and sums what they used', async () => {
    const { run, clock, types } = createBench()
    const model = scriptedModel({
      clock,
      script: [says('Tides', { usage }), says('Up and down.', { usage })],
    })
    const answer = await run(article([model]), { topic: 'sea' })
    expect(answer).toMatchObject({
      value: { title: 'Tides', body: 'Up and down.' },
      source: 'primary',
      usage: { inputTokens: 6, outputTokens: 4 },
    })
    expect(types().filter((type) => type.startsWith('step-'))).toEqual([
      'step-started',
      'step-finished',
      'step-started',
      'step-finished',
    ])
  })

  it('shows only the texts that are to be shown', async () => {
    const { run, clock, events } = createBench()
    const model = scriptedModel({ clock, script: [says('Tides'), says('Up and down.')] })
    await run(article([model]), { topic: 'sea' })
    const shown = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
    expect(shown.join('')).toBe('Up and down.')
  })

  it('takes a step that was paid for from its checkpoint', async () => {
    const { run, clock } = createBench()
    const kept = new Map<string, unknown>()
    const checkpoints = {
      get: async (step: string) => (kept.has(step) ? { value: kept.get(step) } : undefined),
      put: async (step: string, value: unknown) => void kept.set(step, value),
    }
    const dying = scriptedModel({
      clock,
      script: [says('Tides'), [{ type: 'throw', error: new Error('the process dies') }]],
    })
    const dead = run(article([dying]), { topic: 'sea' }, { checkpoints })
    await clock.advance(10_000)
    expect((await dead).source).toBe('canned')
    const model = scriptedModel({ clock, script: says('Up and down.') })
    const answer = await run(article([model]), { topic: 'sea' }, { checkpoints, runNumber: 2 })
    expect(answer.value).toEqual({ title: 'Tides', body: 'Up and down.' })
    expect(model.calls.length).toBe(1)
  })

  it('says that a step came from the fallback', async () => {
    const { run, clock } = createBench()
    const down = scriptedModel({
      clock,
      id: 'a',
      script: fails({ kind: 'network', code: 'ECONNREFUSED', sent: false }),
    })
    const fallback = scriptedModel({ clock, id: 'b', script: says('Words.') })
    const running = run(article([down, fallback]), { topic: 'sea' })
    await clock.advance(5_000)
    expect(await running).toMatchObject({ source: 'fallback', reason: { code: 'network' } })
  })

  it('gives the canned answer when run returns what does not fit', async () => {
    const { run, clock } = createBench()
    const wrong = definePipeline({
      name: 'wrong',
      input: z.string(),
      output: z.object({ n: z.number() }),
      models: [scriptedModel({ clock, script: says('x') })],
      deadlineMs: 1_000,
      run: async () => ({ n: Number.NaN }),
      canned: () => ({ n: 0 }),
    })
    expect(await run(wrong, 'x')).toMatchObject({
      source: 'canned',
      reason: { code: 'invalid-output' },
    })
  })

  const sections = (models: readonly Model[], budget?: BudgetLimits) =>
    definePipeline({
      name: 'sections',
      input: z.array(z.string()),
      output: z.array(z.string()),
      models,
      deadlineMs: 10_000,
      maxOutputTokens: 10,
      ...(budget && { budget }),
      run: ({ input, step, ask }) =>
        Promise.all(
          input.map((title) =>
            step(title, () =>
              ask({
                output: 'text',
                user: title,
                show: true,
                canned: ({ code }) => `${title}: ${code}`,
              }),
            ),
          ),
        ),
      canned: 'none',
    })

  /** Answers with the title that it is asked for, word by word. */
  const echo = (clock: Clock, id = 'echo') =>
    scriptedModel({
      clock,
      id,
      script: ({ request }) =>
        says(`${request.messages.at(-1)?.content} text`, { usage, chunkMs: 5 }),
    })

  it('names the step on all that belongs to it', async () => {
    const { run, clock, events } = createBench()
    const running = run(sections([echo(clock)]), ['one', 'two'])
    await clock.advance(1_000)
    const answer = await running
    expect(answer.value).toEqual(['one text', 'two text'])
    for (const step of ['one', 'two']) {
      const shown = events.flatMap((event) =>
        event.type === 'text-delta' && event.step === step ? [event.text] : [],
      )
      expect(shown.join('')).toBe(`${step} text`)
      expect(shown.length).toBeGreaterThan(1)
    }
    expect(answer.attempts.map(({ step, attempt }) => `${step} ${attempt}`)).toEqual([
      'one 1',
      'two 1',
    ])
    expect(answer.usage).toMatchObject({ inputTokens: 6, outputTokens: 4 })
  })

  it('is degraded when one of its steps is', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({
      clock,
      script: ({ request }) =>
        request.messages.at(-1)?.content === 'two'
          ? fails({ kind: 'network', code: 'ECONNREFUSED', sent: false })
          : says('Words.', { usage }),
    })
    const running = run(sections([model]), ['one', 'two'])
    await clock.advance(5_000)
    expect(await running).toMatchObject({
      value: ['Words.', 'two: network'],
      source: 'canned',
      reason: { code: 'network' },
      model: { id: 'scripted-1' },
    })
  })

  it('shows and says after a crash what a step did before it', async () => {
    const { run, clock, events } = createBench()
    const kept = new Map<string, unknown>()
    const checkpoints = {
      get: async (step: string) => (kept.has(step) ? { value: kept.get(step) } : undefined),
      put: async (step: string, value: unknown) => void kept.set(step, value),
    }
    const down = scriptedModel({
      clock,
      id: 'down',
      script: fails({ kind: 'network', code: 'ECONNREFUSED', sent: false }),
    })
    const first = run(sections([down, echo(clock)]), ['one'], { checkpoints })
    await clock.advance(5_000)
    expect(await first).toMatchObject({ source: 'fallback' })
    events.length = 0
    const never = scriptedModel({ clock, script: fails({ kind: 'cut' }) })
    const second = await run(sections([never, never]), ['one'], { checkpoints, runNumber: 2 })
    expect(second).toMatchObject({ value: ['one text'], source: 'fallback', attempts: [] })
    expect(events).toContainEqual({ type: 'text-delta', text: 'one text', step: 'one' })
  })

  it('gives the canned part of a step for which the budget has no room', async () => {
    const { run, clock } = createBench()
    const model = echo(clock)
    // An attempt takes 5 tokens, and may take 38 or 39. The second fits when the first has given back.
    const running = run(sections([model], { tokens: 55 }), ['one', 'two', 'three'])
    await clock.advance(1_000)
    const answer = await running
    expect(answer).toMatchObject({
      source: 'primary',
      value: ['one text', 'two text', 'three text'],
    })
    const tight = run(sections([echo(clock)], { tokens: 40 }), ['one', 'two', 'three'])
    await clock.advance(1_000)
    expect(await tight).toMatchObject({
      source: 'canned',
      reason: { code: 'budget' },
      value: ['one text', 'two: budget', 'three: budget'],
    })
  })

  it('cancels what is under way when a step beside it fails', async () => {
    const { run, clock, events } = createBench()
    const model = scriptedModel({
      clock,
      script: ({ request }) =>
        request.messages.at(-1)?.content === 'bad'
          ? fails({ kind: 'http', status: 400, headers: {}, body: 'no' }, 100)
          : says('a long text that comes slowly', { chunkMs: 400 }),
    })
    const both = definePipeline({
      name: 'both',
      input: z.string(),
      output: 'text',
      models: [model],
      deadlineMs: 10_000,
      async run({ step, ask }) {
        const names = ['good', 'bad']
        const asked = names.map((user) =>
          step(user, () => ask({ output: 'text', user, show: true })),
        )
        return (await Promise.all(asked)).join(' ')
      },
      canned: () => 'None.',
    })
    const running = run(both, 'x')
    await clock.advance(200)
    expect(await running).toMatchObject({ source: 'canned', value: 'None.' })
    expect(model.calls.map(({ state }) => state)).toEqual(['aborted', 'failed'])
    const told = events.length
    await clock.advance(5_000)
    expect(events.length).toBe(told)
    expect(events.at(-1)?.type).toBe('answer-finished')
  })

  it('is put off, where it may be, instead of making do with a canned part', async () => {
    const { run, clock } = createBench()
    const headers = { 'retry-after': '20' }
    const limited = fails({ kind: 'http', status: 429, headers, body: '' })
    const model = scriptedModel({ clock, script: limited })
    const latestStartMs = clock.now() + 60_000
    const running = run(sections([model]), ['one', 'two'], { latestStartMs })
    const failed = expect(running).rejects.toMatchObject({ code: 'OVERLOADED' })
    await clock.advance(9_000)
    await failed
    const impatient = run(sections([model]), ['one'], { latestStartMs: clock.now() })
    await clock.advance(9_000)
    expect(await impatient).toMatchObject({ source: 'canned', reason: { code: 'rate-limited' } })
  })

  it('refuses two steps of one name', async () => {
    const { run, clock } = createBench()
    const twice = definePipeline({
      name: 'twice',
      input: z.string(),
      output: 'text',
      models: [scriptedModel({ clock, script: says('x') })],
      deadlineMs: 1_000,
      async run({ step }) {
        await step('same', async () => 1)
        await step('same', async () => 2)
        return 'never'
      },
      canned: 'none',
    })
    await expect(run(twice, 'x')).rejects.toThrow(/"same" was begun twice/)
  })
})
