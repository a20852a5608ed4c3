import { describe, expect, it } from 'vitest'
import { isHoldfastError } from '../base/errors.ts'
import { parseChatRequest } from './openai-request.ts'

const hello = { model: 'greet', messages: [{ role: 'user', content: 'hi' }] }

describe('parseChatRequest', () => {
  it('takes the smallest request', () => {
    expect(parseChatRequest(hello)).toEqual({
      model: 'greet',
      stream: false,
      includeUsage: false,
      request: { messages: [{ role: 'user', content: 'hi' }] },
    })
  })

  it('takes all roles, parts, tools, formats and settings that are served', () => {
    const { request, stream, includeUsage } = parseChatRequest({
      model: 'greet',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'developer', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'rate', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '1.1' },
      ],
      tools: [{ type: 'function', function: { name: 'rate', parameters: { type: 'object' } } }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'r', schema: { type: 'object' } },
      },
      max_tokens: 50,
      temperature: 0,
      stop: 'END',
    })
    expect([stream, includeUsage]).toEqual([true, true])
    expect(request).toEqual({
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'ab' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c1', name: 'rate', arguments: '{}' }],
        },
        { role: 'tool', toolCallId: 'c1', toolName: 'tool', content: '1.1' },
      ],
      output: { type: 'json', name: 'r', schema: { type: 'object' } },
      tools: [{ name: 'rate', parameters: { type: 'object' } }],
      maxOutputTokens: 50,
      temperature: 0,
      stopSequences: ['END'],
    })
  })

  it.each([
    [null, '(body)'],
    [{ messages: [] }, 'model'],
    [{ ...hello, messages: [] }, 'messages'],
    [{ ...hello, messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
    [{ ...hello, messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
    [
      { ...hello, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content[0].type',
    ],
    [{ ...hello, temperature: 'hot' }, 'temperature'],
    [{ ...hello, n: 2 }, 'n'],
    [{ ...hello, response_format: { type: 'xml' } }, 'response_format.type'],
  ])('names the field that is wrong in %j', (body, path) => {
    try {
      parseChatRequest(body)
      expect.unreachable()
    } catch (error) {
      expect(isHoldfastError(error, 'INVALID_INPUT') && error.data.issues[0]?.path).toBe(path)
    }
  })
})
