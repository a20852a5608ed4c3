import fc from 'fast-check'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../model/answer.ts'
import type { AnswerEvent } from '../../model/answer-event.ts'
import { createResponseEvents, type ResponseEvent } from './response-events.ts'
import type { ResponseEnd } from './response-object.ts'

const identity = {
  answerId: 'ans_1',
  model: 'greet',
  createdAtMs: 1_700_000_000_000,
  facts: {
    background: true,
    isStructured: false,
    items: [],
    metadata: {},
    conversationId: 'conv_1',
    isNamedConversation: false,
  },
}

const started = (run: number): AnswerEvent => ({
  type: 'answer-started',
  answerId: 'ans_1',
  pipeline: 'greet',
  traceId: 't',
  run,
})
const delta = (text: string, step?: string): AnswerEvent => ({
  type: 'text-delta',
  text,
  ...(step !== undefined && { step }),
})
const reset = (step?: string): AnswerEvent => ({
  type: 'reset',
  reason: 'cut',
  ...(step !== undefined && { step }),
})

function completed(value: unknown): ResponseEnd {
  const answer: Answer = {
    id: 'ans_1',
    pipeline: 'greet',
    value,
    source: 'primary',
    degraded: false,
    model: undefined,
    usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 1, reasoningTokens: 1 },
    costUsd: undefined,
    attempts: [],
    mended: [],
    warnings: [],
    traceId: 't',
    latencyMs: 1,
  }
  return { state: 'completed', answer, finishedAtMs: 1_700_000_001_000 }
}

function play(log: readonly AnswerEvent[], end: ResponseEnd): readonly ResponseEvent[] {
  const events = createResponseEvents(identity)
  return [...events.opening(), ...log.flatMap(events.hear), ...events.end(end)]
}

const typesOf = (events: readonly ResponseEvent[]) =>
  events.map(({ type }) => type.replace('response.', ''))

/** What the stock client makes of the events. */
function accumulate(events: readonly ResponseEvent[]) {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  const body = new Blob([lines]).stream()
  return ResponseStream.fromReadableStream(body).finalResponse()
}

describe('the events of a response', () => {
  it('follow the protocol for a whole text', () => {
    const events = play([started(1), delta('Hel'), delta('lo')], completed('Hello'))
    expect(typesOf(events)).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at))
  })

  it('bring an answer that was not streamed', () => {
    const events = play([started(1)], completed({ intent: 'support' }))
    expect(typesOf(events)).toContain('output_text.delta')
    expect(events.at(-1)).toMatchObject({
      response: { output: [{ content: [{ text: '{"intent":"support"}' }] }] },
    })
  })

  it('void what was shown of another answer', () => {
    const events = play([started(1), delta('Wrong')], completed('Right'))
    const items = events.filter(({ type }) => type === 'response.output_item.done')
    expect(items).toMatchObject([
      { item: { status: 'incomplete' } },
      { item: { status: 'completed' } },
    ])
  })

  it('give each step a message of its own, as commentary', () => {
    const log = [started(1), delta('A', 'one'), delta('B', 'two'), delta('a', 'one'), reset('two')]
    const events = play(log, completed('All'))
    const items = events.filter(({ type }) => type === 'response.output_item.done')
    expect(items).toMatchObject([
      { output_index: 1, item: { status: 'incomplete', content: [{ text: 'B' }] } },
      { output_index: 0, item: { phase: 'commentary', content: [{ text: 'Aa' }] } },
      { output_index: 2, item: { status: 'completed', content: [{ text: 'All' }] } },
    ])
  })

  it('take what the only step said as the beginning of the answer', () => {
    const events = play([started(1), delta('Hel', 'write')], completed('Hello'))
    const items = events.filter(({ type }) => type === 'response.output_item.done')
    expect(items).toMatchObject([{ item: { content: [{ text: 'Hello' }] } }])
    expect(items[0]).not.toHaveProperty('item.phase')
  })

  it('end a cancelled response as incomplete', () => {
    const events = play([started(1), delta('Hel')], { state: 'cancelled', finishedAtMs: 1 })
    expect(typesOf(events).slice(-2)).toEqual(['output_item.done', 'incomplete'])
    expect(events.at(-1)).toMatchObject({
      response: { status: 'cancelled', output: [{ status: 'incomplete' }] },
    })
  })

  it('name the error of a failed one by a code of the protocol', () => {
    const error = { code: 'OVERLOADED', message: 'Too much.' }
    const events = play([started(1)], { state: 'failed', error, finishedAtMs: 1 })
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { code: 'rate_limit_exceeded', type: 'OVERLOADED' }, output: [] },
    })
  })

  it('report all usage', () => {
    expect(play([], completed('x')).at(-1)).toMatchObject({
      response: {
        usage: {
          input_tokens: 1,
          input_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
          output_tokens: 2,
          output_tokens_details: { reasoning_tokens: 1 },
          total_tokens: 3,
        },
      },
    })
  })

  const text = fc.string({ minLength: 1, maxLength: 5 })
  const step = fc.constantFrom(undefined, 'one', 'two')
  const entry = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(text, step).map(([said, by]) => delta(said, by)) },
    { weight: 1, arbitrary: step.map(reset) },
    { weight: 1, arbitrary: fc.constant(started(2)) },
    { weight: 1, arbitrary: fc.constant<AnswerEvent>({ type: 'step-started', step: 's' }) },
  )

  it('come to the valid text in the stock client, whatever was reset', async () => {
    const logs = fc.array(entry, { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(logs, text, fc.boolean(), async (log, other, keepsShown) => {
        const shown = shownBy(log)
        const value = keepsShown && shown !== '' ? shown : other
        const final = await accumulate(play([started(1), ...log], completed(value)))
        expect(final.output_text).toBe(value)
        expect(final.output).toHaveLength(1)
      }),
      { numRuns: 60 },
    )
  })

  it('give the last response also to one that only reads', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), text, (log, value) => {
        const end = completed(value)
        const reader = createResponseEvents(identity)
        for (const event of log) reader.hear(event)
        expect(play(log, end).at(-1)).toMatchObject({ response: reader.ended(end) })
      }),
      { numRuns: 200 },
    )
  })
})

/** The texts that stand after a log, one after the other. */
function shownBy(log: readonly AnswerEvent[]): string {
  const shown = new Map<string | undefined, string>()
  for (const event of log) {
    if (event.type === 'text-delta') {
      shown.set(event.step, (shown.get(event.step) ?? '') + event.text)
    } else if (event.type === 'reset' && event.step !== undefined) shown.delete(event.step)
    else if (event.type !== 'step-started') shown.clear()
  }
  return [...shown.values()].join('')
}
