import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { toTurns } from './conversation.fixture.ts'
import { loadTokenizer } from './count-tokens.ts'
import { groupTurns } from './turn-groups.ts'

beforeAll(loadTokenizer)

const call = (id: string) => ({ id, name: 'find', arguments: '{}' })
const calling = (...ids: string[]): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map(call),
})
const result = (id: string): Message => ({
  role: 'tool',
  toolCallId: id,
  toolName: 'find',
  content: id,
})
const user = (content: string): Message => ({ role: 'user', content })

function grouped(messages: readonly Message[]) {
  const { groups, healed } = groupTurns(toTurns(messages))
  const ids = groups.map((group) =>
    group.entries.map(({ message }) =>
      message.role === 'tool' ? message.toolCallId : message.role,
    ),
  )
  return { ids, healed, groups }
}

describe('groupTurns', () => {
  it('keeps calls with all their results', () => {
    const { ids, healed } = grouped([user('x'), calling('a', 'b'), result('b'), result('a')])
    expect(ids).toEqual([['user'], ['assistant', 'b', 'a']])
    expect(healed).toEqual([])
  })

  it('answers a call that has no result', () => {
    const { groups, healed } = grouped([calling('a', 'b'), result('a'), user('y')])
    expect(groups[0]?.entries.at(-1)?.message).toMatchObject({
      role: 'tool',
      toolCallId: 'b',
      isError: true,
      content: 'Interrupted: this call has no result.',
    })
    expect(healed).toEqual([{ kind: 'interrupted-call', turns: 1, fromSeq: 1, toSeq: 1 }])
  })

  it('leaves out a result that no call asked for, and the second of two', () => {
    const { ids, healed } = grouped([result('z'), calling('a'), result('a'), result('a')])
    expect(ids).toEqual([['assistant', 'a']])
    expect(healed.map((left) => [left.kind, left.fromSeq])).toEqual([
      ['orphan-result', 1],
      ['orphan-result', 4],
    ])
  })

  it('joins a late result to its call', () => {
    const { ids } = grouped([calling('a'), user('meanwhile'), result('a')])
    expect(ids).toEqual([['assistant', 'a'], ['user']])
  })

  it('tells calls apart that use an id again', () => {
    const { ids } = grouped([calling('a'), result('a'), calling('a'), result('a')])
    expect(ids).toEqual([
      ['assistant', 'a'],
      ['assistant', 'a'],
    ])
  })

  it('leaves out what is empty and lets a system message speak as the user', () => {
    const { ids, healed } = grouped([user(''), { role: 'system', content: 'Note.' }])
    expect(ids).toEqual([['user']])
    expect(healed).toEqual([{ kind: 'empty-message', turns: 1, fromSeq: 1, toSeq: 1 }])
  })
})
