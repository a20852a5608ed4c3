import { beforeAll, describe, expect, it } from 'vitest'
import { countMessage, loadTokenizer } from '../context/count-tokens.ts'
import type { Message } from '../model/message.ts'
import { type ConversationStates, createConversationStates } from './conversation-states.ts'

beforeAll(loadTokenizer)

function talk(states: ConversationStates, conversationId: string, turns: number): void {
  const { index } = states.of(conversationId)
  for (let at = 0; at < turns; at++) {
    const message: Message = { role: 'user', content: `Crate ${at} was weighed.` }
    index.add({ seq: index.lastSeq + 1, message, createdAtMs: 0, tokens: countMessage(message) })
  }
  states.grown(conversationId)
}

describe('createConversationStates', () => {
  it('lets go of what was unused for longest where all take too much', () => {
    const states = createConversationStates(100_000)
    talk(states, 'a', 40)
    talk(states, 'b', 40)
    talk(states, 'a', 1)
    talk(states, 'c', 60)
    expect(states.of('a').index.lastSeq).toBe(41)
    expect(states.of('c').index.lastSeq).toBe(60)
    expect(states.of('b').index.lastSeq).toBe(0)
  })

  it('keeps the one at work, however large', () => {
    const states = createConversationStates(10_000)
    talk(states, 'a', 100)
    expect(states.of('a').index.lastSeq).toBe(100)
    talk(states, 'b', 1)
    expect(states.of('a').index.lastSeq).toBe(0)
  })

  it('makes room again for what is forgotten', () => {
    const states = createConversationStates(100_000)
    talk(states, 'a', 90)
    states.forget('a')
    talk(states, 'b', 60)
    talk(states, 'c', 60)
    expect(states.of('b').index.lastSeq).toBe(60)
    states.clear()
    expect(states.of('c').index.lastSeq).toBe(0)
  })
})
