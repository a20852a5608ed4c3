import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ModelRequest } from '../../model/model.ts'
import { toJsonSchema } from '../../model/schema.ts'
import { type ChatCompletionTarget, encodeChatCompletion } from './encode-request.ts'
import { traitsOf } from './server-traits.ts'
import { toSentSchema } from './strict-schema.ts'

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
  encodeChatCompletion({ ...ask, ...request }, target, stream)

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

  it('asks in words for what is not an object', () => {
    const schema = { type: 'array', items: { type: 'string' } }
    const body = encode({ output: { type: 'json', schema } })
    expect(body).not.toHaveProperty('response_format')
    expect(JSON.stringify(body.messages)).toContain('JSON Schema')
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

describe('toSentSchema', () => {
  const sent = (schema: z.ZodType) => toSentSchema(toJsonSchema(schema))

  it('closes objects and is strict where all is required', () => {
    const { schema, strict } = sent(
      z.object({ a: z.string(), b: z.object({ c: z.number().min(0) }), d: z.array(z.enum(['x'])) }),
    )
    expect(strict).toBe(true)
    expect(schema).toMatchObject({
      additionalProperties: false,
      properties: { b: { additionalProperties: false } },
    })
  })

  it.each<[string, z.ZodType]>([
    ['an optional field', z.object({ a: z.string().optional() })],
    ['a record', z.object({ a: z.record(z.string(), z.number()) })],
    ['a tuple', z.object({ a: z.tuple([z.string(), z.number()]) })],
    ['a length', z.object({ a: z.string().min(3) })],
    [
      'an optional field in a list',
      z.object({ a: z.array(z.object({ b: z.string().optional() })) }),
    ],
  ])('sends %s as it is, as a guide', (_name, schema) => {
    const jsonSchema = toJsonSchema(schema)
    expect(toSentSchema(jsonSchema)).toEqual({ schema: jsonSchema, strict: false })
  })

  it('is strict for a nullable field and a union', () => {
    const either = z.union([z.object({ x: z.number() }), z.object({ y: z.string() })])
    expect(sent(z.object({ a: z.string().nullable(), b: either })).strict).toBe(true)
  })

  it('ends for a schema that contains itself', () => {
    const node: Record<string, unknown> = { type: 'object', required: ['next'] }
    node.properties = { next: node }
    expect(toSentSchema(node).strict).toBe(false)
  })
})
