import { describe, expect, it } from 'vitest'
import { toConventionMessages, toConventionOutput } from './convention-messages.ts'

describe('convention messages', () => {
  it('turns messages into roles with parts', () => {
    expect(
      toConventionMessages([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Paris"}' }],
        },
        { role: 'tool', toolCallId: 'c1', toolName: 'weather', content: 'rain' },
      ]),
    ).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', content: 'Weather?' }] },
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Paris' } }],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'rain' }] },
    ])
  })

  it('says why the model stopped in the words of the conventions', () => {
    const answer = [{ role: 'assistant', content: 'x', toolCalls: [] }]
    const reasonOf = (reason: string | undefined) =>
      toConventionOutput(answer, reason)[0]?.finish_reason
    expect(['stop', 'tool-calls', 'content-filter', undefined].map(reasonOf)).toEqual([
      'stop',
      'tool_call',
      'content_filter',
      'error',
    ])
  })

  it('takes what is no list of messages for none', () => {
    expect(toConventionMessages('[REDACTION_FAILED len=9]')).toEqual([])
    expect(toConventionMessages(undefined)).toEqual([])
    expect(toConventionMessages([null, 7])).toEqual([])
  })

  it('keeps arguments that are no JSON as the text they are', () => {
    const [message] = toConventionMessages([
      { role: 'assistant', content: '', toolCalls: [{ name: 'f', arguments: '{broken' }] },
    ])
    expect(message?.parts).toEqual([
      { type: 'tool_call', id: null, name: 'f', arguments: '{broken' },
    ])
  })
})
