import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { toMemory, toTurns } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'
import { planSummary } from './plan-summary.ts'

beforeAll(loadTokenizer)

const short = (count: number) =>
  toTurns(
    Array.from({ length: count }, (_, at): Message => ({ role: 'user', content: `Line ${at}` })),
  )

const summary = (toSeq: number) => ({
  fromSeq: 1,
  toSeq,
  text: 'x',
  tokens: countTokens('x'),
  createdAtMs: 0,
  writtenBy: 'test',
})

describe('planSummary', () => {
  it('waits until enough turns are about to leave the window', () => {
    expect(planSummary(toMemory(short(60)), 15)).toBeUndefined()
    expect(planSummary(toMemory(short(60)), 25)).toEqual({ fromSeq: 1, toSeq: 24 })
  })

  it('does not wait with long ones', () => {
    const turns = toTurns([
      { role: 'user', content: 'A long story. '.repeat(300) },
      ...short(20).map((turn) => turn.message),
    ])
    expect(planSummary(toMemory(turns), 3)).toEqual({ fromSeq: 1, toSeq: 2 })
  })

  it('goes on where the last one ended, in bounded steps', () => {
    const memory = toMemory(short(200), { historySummary: summary(30) })
    expect(planSummary(memory, 150)).toEqual({ fromSeq: 31, toSeq: 70 })
    expect(planSummary(memory, 51)).toEqual({ fromSeq: 31, toSeq: 50 })
    expect(planSummary(memory, 31)).toBeUndefined()
  })

  it('plans for turns that are not in the memory any more', () => {
    const memory = toMemory(short(200).slice(150))
    expect(planSummary(memory, 160)).toEqual({ fromSeq: 1, toSeq: 40 })
  })

  it('does not part a call from its results', () => {
    const call = { id: 'a', name: 'find', arguments: '{}' }
    const turns = toTurns([
      ...short(21).map((turn) => turn.message),
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', toolCallId: 'a', toolName: 'find', content: 'here' },
    ])
    expect(planSummary(toMemory(turns), 23)).toEqual({ fromSeq: 1, toSeq: 20 })
  })
})
