import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Chat } from '../model/chat.ts'
import { definePipeline } from './definition.ts'
import { readChat } from './read-chat.ts'

function asking<I extends z.ZodType>(input: I, fromChat?: (chat: Chat) => z.input<I>) {
  return definePipeline({
    name: 'p',
    input,
    output: 'text',
    deadlineMs: 1_000,
    prompt: () => ({ user: 'x' }),
    canned: 'none',
    ...(fromChat && { fromChat }),
  }).definition
}

const chat = (...contents: string[]): Chat => ({
  messages: contents.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  })),
  text: contents.at(-1) ?? '',
  conversationId: 'c',
  metadata: {},
})

describe('the input that a chat stands for', () => {
  it('is made by the pipeline itself', async () => {
    const definition = asking(z.object({ said: z.array(z.string()) }), ({ messages }) => ({
      said: messages.map(({ content }) => content),
    }))
    expect(await readChat(definition, chat('a', 'b', 'c'))).toEqual({ said: ['a', 'b', 'c'] })
  })

  it('is the text where the input is one', async () => {
    expect(await readChat(asking(z.string()), chat('{"a":1}'))).toBe('{"a":1}')
  })

  it('is the JSON in the text where that fits', async () => {
    expect(await readChat(asking(z.object({ a: z.number() })), chat(' {"a":1}'))).toEqual({ a: 1 })
  })

  it.each([['not JSON'], ['{"a":'], ['{"a":"x"}'], ['[1]']])('is none for %j', async (text) => {
    await expect(readChat(asking(z.object({ a: z.number() })), chat(text))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      data: { issues: [{ path: 'input' }] },
    })
  })

  it('is none for a history that nothing would read', async () => {
    const refused = readChat(asking(z.string()), chat('a', 'b', 'c'))
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
