import { describe, expect, it } from 'vitest'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { type AnswerView, applyEvent, assemble, emptyView } from './answer-view.ts'

const started: AnswerEvent<never> = {
  type: 'answer-started',
  answerId: 'a',
  pipeline: 'onboarding',
  traceId: 't',
  run: 1,
}
const attempt = (number: number): AnswerEvent<never> => ({
  type: 'attempt-started',
  attempt: number,
  provider: 'acme',
  model: 'one',
  why: number === 1 ? 'first' : 'retry',
})
const text = (value: string): AnswerEvent<never> => ({ type: 'text-delta', text: value })
const more = (path: readonly (string | number)[], value: string): AnswerEvent<never> => ({
  type: 'field-delta',
  path,
  text: value,
})
const reset: AnswerEvent<never> = { type: 'reset', reason: 'cut' }

describe('the view of an answer', () => {
  it('waits before the first event', () => {
    expect(assemble([])).toEqual(emptyView)
    expect(emptyView.state).toBe('waiting')
  })

  it('joins the text', () => {
    expect(assemble([started, text('Hel'), text('lo')])).toMatchObject({
      state: 'running',
      answerId: 'a',
      text: 'Hello',
    })
  })

  it('builds the fields by path', () => {
    const view = assemble([
      started,
      { type: 'field', path: ['intent'], value: 'exchange' },
      more(['reply'], 'You '),
      more(['reply'], 'can.'),
      { type: 'field', path: ['routes', 0, 'name'], value: 'kyc' },
    ])
    expect(view.fields).toEqual({
      intent: 'exchange',
      reply: 'You can.',
      routes: [{ name: 'kyc' }],
    })
  })

  it('takes the whole leaf for its deltas', () => {
    const view = assemble([
      more(['reply'], 'Yes'),
      { type: 'field', path: ['reply'], value: 'Yes!' },
    ])
    expect(view.fields).toEqual({ reply: 'Yes!' })
  })

  it('loses text and fields by a reset, and nothing else', () => {
    const view = assemble([
      started,
      attempt(1),
      text('half a sent'),
      more(['reply'], 'half'),
      { type: 'attempt-failed', attempt: 1, reason: 'cut' },
      reset,
      attempt(2),
      text('whole'),
    ])
    expect(view.text).toBe('whole')
    expect(view.fields).toEqual({})
    expect(view.attempts).toMatchObject([
      { attempt: 1, failed: 'cut' },
      { attempt: 2, failed: undefined },
    ])
  })

  it('begins anew with a new run', () => {
    const view = assemble([started, attempt(1), text('of the dead'), { ...started, run: 2 }])
    expect(view).toEqual({ ...emptyView, state: 'running', answerId: 'a', traceId: 't', run: 2 })
  })

  it('keeps the texts of steps at the same time apart', () => {
    const both: AnswerEvent[] = [
      { type: 'step-started', step: 'one' },
      { type: 'step-started', step: 'two' },
      { type: 'text-delta', text: 'First', step: 'one' },
      { type: 'text-delta', text: 'Second', step: 'two' },
      { type: 'field', path: ['n'], value: 2, step: 'two' },
      { type: 'text-delta', text: ' part', step: 'one' },
    ]
    expect(assemble(both)).toMatchObject({
      text: '',
      steps: [
        { step: 'one', text: 'First part', fields: {} },
        { step: 'two', text: 'Second', fields: { n: 2 } },
      ],
    })
    const reset = assemble([...both, { type: 'reset', reason: 'cut', step: 'one' }])
    expect(reset.steps.map(({ text }) => text)).toEqual(['', 'Second'])
    const allVoid = assemble([...both, { type: 'reset', reason: 'cut' }])
    expect(allVoid.steps.map(({ text }) => text)).toEqual(['', ''])
  })

  it('shows steps as they begin and end', () => {
    const view = assemble([
      started,
      { type: 'step-started', step: 'draft' },
      { type: 'step-finished', step: 'draft', durationMs: 20 },
      { type: 'step-started', step: 'check' },
      { type: 'step-started', step: 'draft' },
    ])
    expect(view.steps).toMatchObject([
      { step: 'draft', durationMs: 20 },
      { step: 'check', durationMs: undefined },
      { step: 'draft', durationMs: undefined },
    ])
  })

  it('holds the answer at the end', () => {
    const answer = { id: 'a', value: { reply: 'Yes' } } as unknown as Answer<{ reply: string }>
    const view = assemble<{ reply: string }>([started, { type: 'answer-finished', answer }])
    expect(view.state).toBe('finished')
    expect(view.answer?.value.reply).toBe('Yes')
  })

  it('holds the error of one that failed', () => {
    const error = { code: 'NO_ANSWER', message: 'No model answered.' }
    const view = assemble([started, { type: 'answer-failed', error }])
    expect(view).toMatchObject({ state: 'failed', error })
  })

  it('passes over what it does not know', () => {
    const novel = { type: 'applause' } as unknown as AnswerEvent<never>
    expect(assemble([text('a'), novel, text('b')]).text).toBe('ab')
  })

  it('is not changed by the next event', () => {
    let view: AnswerView = emptyView
    const views = [started, text('a'), more(['x', 0], 'b'), attempt(1), reset].map((event) => {
      view = applyEvent(view, event)
      return { view, before: JSON.stringify(view) }
    })
    for (const each of views) expect(JSON.stringify(each.view)).toBe(each.before)
    expect(emptyView.fields).toEqual({})
  })
})
