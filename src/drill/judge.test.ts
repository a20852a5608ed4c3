import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { HoldfastError } from '../base/errors.ts'
import type { Answer } from '../model/answer.ts'
import { noUsage } from '../model/usage.ts'
import { judge } from './judge.ts'
import type { Ending, Observation } from './observe.ts'

const right = 'Your parcel is on its way. 📦'

function answer(value: unknown, source: 'primary' | 'fallback' | 'canned' = 'primary'): Answer {
  const facts = {
    id: 'ans_1',
    pipeline: 'test',
    value,
    model: undefined,
    usage: noUsage,
    costUsd: undefined,
    attempts: [],
    mended: [],
    warnings: [],
    traceId: '',
    latencyMs: 1,
  }
  if (source === 'primary') return { ...facts, source, degraded: false }
  return { ...facts, source, degraded: true, reason: { code: 'cut', message: 'Cut.' } }
}

function observed(ending: Ending, stream = false): Observation {
  return { request: 0, inputIndex: 0, stream, durationMs: 1, ending }
}

const answered = (given: Answer, shown?: string): Observation =>
  observed({ kind: 'answered', answer: given, shown }, shown !== undefined)

const text = { output: 'text', expected: [right] } as const

describe('judge', () => {
  it('takes the very answer of the model', async () => {
    expect(await judge(answered(answer(right)), text)).toEqual({ verdict: 'useful' })
    expect(await judge(answered(answer(right, 'fallback'), right), text)).toEqual({
      verdict: 'useful',
    })
  })

  it('finds the beginning of an answer truncated', async () => {
    const judgement = await judge(answered(answer(right.slice(0, 12))), text)
    expect(judgement).toMatchObject({ verdict: 'truncated' })
  })

  it.each([
    ['another text', answer('Your parcel is lost.')],
    ['a doubled text', answer(right + right)],
    ['an empty text', answer('')],
    ['an empty canned answer', answer(' ', 'canned')],
  ])('finds %s wrong', async (_name, given) => {
    expect(await judge(answered(given), text)).toMatchObject({ verdict: 'wrong' })
  })

  it('finds a stream wrong that showed another text', async () => {
    expect(await judge(answered(answer(right), `Well. ${right}`), text)).toMatchObject({
      verdict: 'wrong',
    })
  })

  it('takes a canned answer that fits', async () => {
    expect(await judge(answered(answer('Later.', 'canned'), ''), text)).toEqual({
      verdict: 'useful',
    })
  })

  it('finds a canned answer behind half a text wrong', async () => {
    expect(await judge(answered(answer('Later.', 'canned'), 'Your par'), text)).toMatchObject({
      verdict: 'wrong',
    })
  })

  it('holds every answer to the schema', async () => {
    const output = z.object({ days: z.number() })
    const yardstick = { output, expected: [{ days: 3 }] }
    const verdictOf = async (given: Answer) => (await judge(answered(given), yardstick)).verdict
    expect(await verdictOf(answer({ days: 3 }))).toBe('useful')
    expect(await verdictOf(answer({ days: 4 }))).toBe('wrong')
    expect(await verdictOf(answer({ days: 'three' }, 'canned'))).toBe('wrong')
    expect(await verdictOf(answer({ days: 0 }, 'canned'))).toBe('useful')
  })

  it('tells an honest end from an error', async () => {
    const error = new HoldfastError('NO_ANSWER', 'None.', { attempts: 2, lastReason: 'cut' })
    const ended = observed({ kind: 'failed', error })
    expect(await judge(ended, { ...text, mayFail: true })).toEqual({ verdict: 'unanswered' })
    expect(await judge(ended, text)).toMatchObject({ verdict: 'error' })
    const crashed = observed({ kind: 'failed', error: new TypeError('x is undefined') })
    expect(await judge(crashed, { ...text, mayFail: true })).toMatchObject({ verdict: 'error' })
  })

  it('finds a hung request hung', async () => {
    expect(await judge(observed({ kind: 'hung' }), text)).toMatchObject({ verdict: 'hung' })
  })
})
