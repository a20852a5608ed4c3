import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { Model, ModelRequest } from '../model/model.ts'
import { listPrices } from '../model/price.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import type { CorrectionPolicy } from './correction-budget.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'

const item = z.object({ id: z.int(), name: z.string(), state: z.enum(['new', 'sent']) })
const items = Array.from({ length: 30 }, (_, id) => ({ id, name: `Parcel ${id}`, state: 'new' }))
const good = JSON.stringify({ items })
const withState = (at: number, state: string) =>
  JSON.stringify({ items: items.map((one, id) => (id === at ? { ...one, state } : one)) })
const priced = (inputTokens: number, outputTokens: number) => ({
  usage: { inputTokens, outputTokens },
})

interface Facts {
  readonly corrections?: number | CorrectionPolicy
  readonly temperature?: number
  readonly deadlineMs?: number
}

function parcels(models: readonly Model[], facts: Facts = {}) {
  return definePipeline({
    name: 'parcels',
    input: z.object({}),
    output: z.object({ items: z.array(item) }),
    models,
    deadlineMs: 8_000,
    prompt: () => ({ user: 'Which parcels?' }),
    canned: () => ({ items: [] }),
    ...facts,
  })
}

/** No data at all, which shows only at the end. */
const prose = 'The parcels are on their way.'

const lastSaid = (request: ModelRequest | undefined) => request?.messages.at(-1)?.content ?? ''

describe('corrections', () => {
  it('ask for the wrong part of a long answer alone', async () => {
    const { run, clock, types } = createBench()
    const script = [says(withState(20, 'lost')), says('{"part1":"sent"}')]
    const model = scriptedModel({ clock, script })
    const answer = await run(parcels([model]), {})
    expect(answer).toMatchObject({ source: 'primary', mended: [] })
    expect(answer.value).toEqual(JSON.parse(withState(20, 'sent')))
    const [first, second] = model.calls
    expect(first?.state).toBe('finished')
    expect(second?.request.output).toMatchObject({
      schema: { properties: { part1: { enum: ['new', 'sent'] } }, required: ['part1'] },
    })
    expect(lastSaid(second?.request)).toContain('(items[20].state)')
    expect(types().filter((type) => type === 'reset')).toHaveLength(1)
    expect(types()).not.toContain('text-delta')
  })

  it('take the whole answer where a model writes it anyway', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: [says(withState(20, 'lost')), says(good)] })
    expect((await run(parcels([model]), {})).value).toEqual({ items })
  })

  it('go on from the mended answer when a part is wrong again', async () => {
    const { run, clock } = createBench()
    const replies = ['{"part1":"gone"}', '{"part1":"sent"}']
    const script = [withState(20, 'lost'), ...replies].map((text) => says(text))
    const model = scriptedModel({ clock, script })
    const answer = await run(parcels([model]), {})
    expect(answer.value).toEqual(JSON.parse(withState(20, 'sent')))
    expect(lastSaid(model.calls[2]?.request)).toContain('gone')
    expect(model.calls[2]?.request.messages.at(-2)?.content).toBe(withState(20, 'gone'))
  })

  it('stop a long answer early when its first part is wrong', async () => {
    const { run, clock, events } = createBench()
    const script = [says(withState(0, 'lost')), says(good)]
    const model = scriptedModel({ clock, script })
    expect((await run(parcels([model]), {})).value).toEqual({ items })
    expect(model.calls[0]?.state).toBe('aborted')
    const reason = 'invalid-output'
    expect(events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', reason }))
    expect(lastSaid(model.calls[1]?.request)).toContain('complete corrected JSON')
  })

  it('lower a temperature that was given, and send none otherwise', async () => {
    const { run, clock } = createBench()
    for (const [given, expected] of [
      [0.9, 0.2],
      [0, 0],
      [undefined, undefined],
    ] as const) {
      const model = scriptedModel({ clock, script: [says(prose), says(good)] })
      await run(parcels([model], given === undefined ? {} : { temperature: given }), {})
      expect(model.calls[1]?.request.temperature).toBe(expected)
    }
  })

  it('go to a stronger model the last time', async () => {
    const { run, clock } = createBench()
    const weak = scriptedModel({ clock, id: 'weak', script: says('{"items": 7}') })
    const strong = scriptedModel({ clock, id: 'strong', script: says(good) })
    const answer = await run(parcels([weak, strong]), {})
    expect(answer.attempts.map(({ model, why }) => `${model} ${why}`)).toEqual([
      'weak first',
      'weak correction',
      'strong correction',
    ])
  })

  it('are not begun beyond their tokens', async () => {
    const { run, clock } = createBench()
    const script = says(prose, priced(4_000, 500))
    const model = scriptedModel({ clock, script })
    const answer = await run(parcels([model], { corrections: { most: 5, maxTokens: 10_000 } }), {})
    expect(answer.attempts.map(({ why }) => why)).toEqual(['first', 'correction', 'correction'])
    expect(answer.source).toBe('canned')
    const dear = scriptedModel({ clock, script: says(prose, priced(60_000, 500)) })
    expect((await run(parcels([dear]), {})).attempts).toHaveLength(1)
  })

  it('are not begun when the deadline is near', async () => {
    const { run, clock } = createBench()
    const slow = scriptedModel({ clock, script: says('{"items": 7}', { firstMs: 700 }) })
    const running = run(parcels([slow], { deadlineMs: 1_000 }), {})
    await clock.advance(1_000)
    expect((await running).attempts).toHaveLength(1)
  })

  it.each([
    ['a refusal', 'I am sorry, but I cannot help with that.', 1],
    ['an empty answer', ' ', 3],
    ['an answer that ends inside a token', '{"items": [{"id": 1, "na', 3],
  ])('are bounded for %s', async (_name, text, attempts) => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says(text) })
    const running = run(parcels([model]), {})
    await clock.advance(8_000)
    const answer = await running
    expect(answer.source).toBe('canned')
    expect(answer.attempts.length).toBeLessThanOrEqual(attempts)
  })

  it('leave their number, tokens and price on the trace', async () => {
    const { record, run, clock } = createTracedBench()
    const script = [says(prose, priced(100, 10)), says(good, priced(150, 400))]
    await run(parcels([scriptedModel({ clock, id: 'gpt-5-mini', script })]), {})
    expect(record()).toMatchObject({
      'holdfast.corrections': 1,
      'holdfast.corrections.tokens': 550,
      'holdfast.corrections.cost.usd': expect.closeTo((150 * 0.25 + 400 * 2) / 1e6, 10),
    })
  })
})

/** A bench that keeps the attributes of the root span, with the list prices. */
function createTracedBench() {
  const attributes: Record<string, unknown> = {}
  const bench = createBench({
    prices: listPrices,
    telemetry: {
      ...silentTelemetry,
      startTrace(...given) {
        const span = silentTelemetry.startTrace(...given)
        return { ...span, set: (more) => void Object.assign(attributes, more) }
      },
    },
  })
  return { ...bench, record: () => attributes }
}
