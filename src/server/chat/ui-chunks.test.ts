import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../model/answer.ts'
import type { AnswerEvent } from '../../model/answer-event.ts'
import { createUiChunks, type UiChunk } from './ui-chunks.ts'

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

function finished(value: unknown): AnswerEvent {
  const answer: Answer = {
    id: 'ans_1',
    pipeline: 'greet',
    value,
    source: 'canned',
    degraded: true,
    reason: { code: 'overloaded', message: 'Status 503.' },
    model: undefined,
    usage: { inputTokens: 1, outputTokens: 2 },
    costUsd: undefined,
    attempts: [],
    mended: [],
    warnings: [],
    traceId: 't',
    latencyMs: 1,
  }
  return { type: 'answer-finished', answer }
}

function play(...log: readonly AnswerEvent[]): readonly UiChunk[] {
  const chunks = createUiChunks('ans_1')
  return log.flatMap(chunks.hear)
}

const typesOf = (chunks: readonly UiChunk[]) => chunks.map(({ type }) => type)

/** The message that the stock parser makes of the parts. */
async function messageOf(chunks: readonly UiChunk[]): Promise<UIMessage | undefined> {
  // The types agree but for `exactOptionalPropertyTypes`, which the SDK does not use.
  const stream = ReadableStream.from(chunks) as ReadableStream<UIMessageChunk>
  let last: UIMessage | undefined
  for await (const message of readUIMessageStream({ stream, terminateOnError: true }))
    last = message
  return last
}

const textOf = (message: UIMessage | undefined) =>
  message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

describe('the parts of a UI message', () => {
  it('are those of a whole text', () => {
    const chunks = play(started(1), delta('Hel'), delta('lo'), finished('Hello'))
    expect(typesOf(chunks)).toEqual([
      'start',
      'start-step',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'finish-step',
      'finish',
    ])
  })

  it('say where the answer came from', async () => {
    const message = await messageOf(play(started(1), finished('Hello')))
    expect(message?.metadata).toMatchObject({
      holdfast: {
        answerId: 'ans_1',
        traceId: 't',
        source: 'canned',
        degraded: true,
        reason: { code: 'overloaded' },
      },
    })
  })

  it('hold a structured answer as data', async () => {
    const field: AnswerEvent = { type: 'field', path: ['intent'], value: 'support' }
    const message = await messageOf(play(started(1), field, finished({ intent: 'support' })))
    expect(message?.parts).toEqual([
      { type: 'step-start' },
      { type: 'data-answer', id: 'answer', data: { value: { intent: 'support' } } },
    ])
  })

  it('say again what other steps said when one is reset', async () => {
    const log = [started(1), delta('A', 'one'), delta('B', 'two'), reset('two'), delta('a', 'one')]
    expect(textOf(await messageOf(play(...log)))).toBe('Aa')
  })

  it('hold nothing beside a structured answer', async () => {
    const message = await messageOf(play(started(1), delta('A', 'one'), finished({ a: 1 })))
    expect(message?.parts.map(({ type }) => type)).toEqual(['step-start', 'data-answer'])
  })

  it('begin again with the same id for a new run', () => {
    const chunks = play(started(1), delta('Hel'), started(2))
    expect(chunks.at(-2)).toEqual({ type: 'reset-step' })
    expect(chunks.at(-1)).toMatchObject({
      type: 'start',
      messageId: 'msg_1',
      messageMetadata: { holdfast: { run: 2 } },
    })
  })

  it('end a failure with an error and without finish', () => {
    const chunks = play(started(1), { type: 'answer-failed', error: { code: 'X', message: 'No.' } })
    expect(chunks.at(-1)).toEqual({ type: 'error', errorText: 'No.' })
  })

  it('mark a stopped message as interrupted', () => {
    const error = { code: 'CANCELLED', message: 'x' }
    const chunks = play(started(1), delta('Hel'), { type: 'answer-failed', error })
    expect(typesOf(chunks).slice(-4)).toEqual(['text-end', 'finish-step', 'abort', 'finish'])
    expect(chunks.at(-1)).toMatchObject({ finishReason: 'interrupted' })
  })

  it('come to the valid text in the stock parser, whatever was reset', async () => {
    const text = fc.string({ minLength: 1, maxLength: 5 })
    const step = fc.constantFrom(undefined, 'one', 'two')
    const entry = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(text, step).map(([said, by]) => delta(said, by)) },
      { weight: 1, arbitrary: step.map(reset) },
      { weight: 1, arbitrary: fc.constant(started(2)) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), text, async (log, value) => {
        const message = await messageOf(play(started(1), ...log, finished(value)))
        expect(textOf(message)).toBe(value)
        expect(message?.id).toBe('msg_1')
      }),
      { numRuns: 60 },
    )
  })
})
