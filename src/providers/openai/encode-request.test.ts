import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ModelRequest } from '../../model/model.ts'
import { toJsonSchema } from '../../model/schema.ts'
import { type ChatCompletionTarget, encodeChatCompletion } from './encode-request.ts'
import { traitsOf } from './server-traits.ts'

const openai: ChatCompletionTarget = {
  model: 'gpt-4.1-mini',
  provider: 'openai',
  traits: traitsOf(new URL('https://api.openai.com/v1')),
  structuredOutput: 'json-schema',
  streamUsage: true,
}
const other: ChatCompletionTarget = {
  ...openai,
  traits: traitsOf(new URL('http://localhost:8000/v1')),
}
const ask: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] }

const encode = (request: Partial<ModelRequest>, target = openai, stream = false) =>
  encodeChatCompletion({ ...ask, ...request }, target, stream).body

describe('encodeChatCompletion', () => {
  it('sends the smallest body for the smallest request', () => {
    expect(encode({})).toEqual({
      model: 'gpt-4.1-mini',
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  it('names the limit of tokens as the server does', () => {
    expect(encode({ maxOutputTokens: 9 })).toMatchObject({ max_completion_tokens: 9 })
    expect(encode({ maxOutputTokens: 9 }, other)).toMatchObject({ max_tokens: 9 })
  })

  it.each([
    ['gpt-5-mini', true],
    ['o3', true],
    ['openai/o4-mini', true],
    ['gpt-5-chat-latest', false],
    ['gpt-4o', false],
  ])('leaves sampling out for %s: %s', (model, left) => {
    const body = encode({ temperature: 0, topP: 0.5 }, { ...openai, model })
    expect('temperature' in body).toBe(!left)
    expect('top_p' in body).toBe(!left)
  })

  it('asks for usage unless the server refuses that', () => {
    expect(encode({}, openai, true)).toMatchObject({ stream_options: { include_usage: true } })
    expect(encode({}, { ...openai, streamUsage: false }, true)).not.toHaveProperty('stream_options')
  })

  it('passes the options of its provider on, and no other’s', () => {
    const body = encode({ providerOptions: { openai: { user: 'u' }, anthropic: { x: 1 } } })
    expect(body).toMatchObject({ user: 'u' })
    expect(body).not.toHaveProperty('x')
  })

  it('writes tools, calls and results', () => {
    const body = encode({
      messages: [
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 't', arguments: '{}' }] },
        { role: 'tool', toolCallId: 'a', toolName: 't', content: 'bad', isError: true },
      ],
      tools: [{ name: 't', description: 'd', parameters: { type: 'object' } }],
      toolChoice: { name: 't' },
    })
    expect(body).toMatchObject({
      messages: [
        { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function' }] },
        { role: 'tool', tool_call_id: 'a', content: 'Error: bad' },
      ],
      tools: [{ type: 'function', function: { name: 't', description: 'd' } }],
      tool_choice: { type: 'function', function: { name: 't' } },
    })
  })

  it('gives no tool choice without tools', () => {
    expect(encode({ toolChoice: 'required' })).not.toHaveProperty('tool_choice')
  })

  it('asks for JSON by its name where no message does', () => {
    const body = encode({ output: { type: 'json' } })
    expect(body).toMatchObject({ response_format: { type: 'json_object' } })
    expect(JSON.stringify(body.messages)).toMatch(/JSON/)
  })

  it('wraps what is not an object, and asks in words where it cannot', () => {
    const schema = { type: 'array', items: { type: 'string' } }
    const request: ModelRequest = { ...ask, output: { type: 'json', schema } }
    const { body, envelope } = encodeChatCompletion(request, openai, false)
    expect(envelope).toBe('value')
    expect(body).toMatchObject({
      response_format: {
        json_schema: { schema: { properties: { value: schema } }, strict: true },
      },
    })
    const open = encode({ output: { type: 'json', schema: { type: 'array' } } })
    expect(open).not.toHaveProperty('response_format')
    expect(JSON.stringify(open.messages)).toContain('JSON Schema')
  })

  it('leaves the schema to the prompt for a server that takes none', () => {
    const output = { type: 'json', schema: { type: 'object' } } as const
    expect(encode({ output }, { ...openai, structuredOutput: 'none' })).toEqual(encode({}))
    expect(encode({ output }, { ...openai, structuredOutput: 'json' })).toMatchObject({
      response_format: { type: 'json_object' },
    })
  })

  it('names the schema as the protocol allows', () => {
    const schema = { type: 'object' }
    const body = encode({ output: { type: 'json', name: 'my answer/1', schema } })
    expect(body).toMatchObject({ response_format: { json_schema: { name: 'my_answer_1' } } })
  })
})

describe('a schema in a chat completion', () => {
  const sent = (schema: z.ZodType, target = openai) => {
    const output = { type: 'json', schema: toJsonSchema(schema), nullsAreAbsent: true } as const
    return encode({ output }, target).response_format
  }
  const optional = z.object({ a: z.string().min(3), b: z.number().optional() })

  it('is strict, with every key required and null for "not there"', () => {
    expect(sent(optional)).toMatchObject({
      json_schema: {
        strict: true,
        schema: {
          required: ['a', 'b'],
          additionalProperties: false,
          properties: { b: { anyOf: [{ type: 'number' }, { type: 'null' }] } },
        },
      },
    })
  })

  it('keeps optional keys for Gemini', () => {
    const gemini = {
      ...openai,
      traits: traitsOf(new URL('https://generativelanguage.googleapis.com/v1beta/openai')),
    }
    expect(sent(optional, gemini)).toMatchObject({
      json_schema: { schema: { required: ['a'], properties: { b: { type: 'number' } } } },
    })
  })

  it('is a guide where no model can be held to it', () => {
    const map = z.object({ a: z.record(z.string(), z.number()) })
    expect(sent(map)).toMatchObject({ json_schema: { schema: toJsonSchema(map), strict: false } })
  })

  it('is a guide where a null would reach a reader that does not expect one', () => {
    const schema = toJsonSchema(optional)
    expect(encode({ output: { type: 'json', schema } })).toMatchObject({
      response_format: { json_schema: { schema, strict: false } },
    })
  })
})
