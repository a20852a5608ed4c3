import { expect, test } from 'vitest'
import type { FinishReason } from '../../model/model.ts'
import { isOtherModel, judgeEnding, judgeToolCall } from './judge.ts'

const call = { id: '1', name: 'look', arguments: '{}' }

test.each<readonly [FinishReason, string | undefined]>([
  ['stop', undefined],
  ['length', 'length'],
  ['content-filter', 'content-filter'],
  ['refusal', 'refusal'],
  ['error', 'server-error'],
  ['other', 'unknown'],
  ['tool-calls', 'broken-tool-call'],
])('an end by %s with text is %s', (finishReason, reason) => {
  expect(judgeEnding({ text: 'Some text.', toolCalls: [], finishReason })?.reason).toBe(reason)
})

test('tool calls are content', () => {
  expect(judgeEnding({ text: '', toolCalls: [call], finishReason: 'tool-calls' })).toBeUndefined()
  expect(judgeEnding({ text: '', toolCalls: [call], finishReason: 'stop' })).toBeUndefined()
})

test('white space is no content', () => {
  expect(judgeEnding({ text: ' \n\t', toolCalls: [], finishReason: 'stop' })?.reason).toBe('empty')
})

test('a refusal in a field of its own is one whatever the end says', () => {
  const refused = { text: '', toolCalls: [], refusal: 'I cannot.', finishReason: 'stop' } as const
  expect(judgeEnding(refused)).toMatchObject({
    reason: 'refusal',
    detail: 'The model declined: I cannot.',
  })
})

test('a tool that needs nothing may be given nothing', () => {
  const messages = [{ role: 'user', content: 'Look.' }] as const
  const request = { messages, tools: [{ name: 'look', parameters: { type: 'object' } }] }
  expect(judgeToolCall({ ...call, arguments: '' }, request)).toBeUndefined()
  expect(judgeToolCall(call, request)).toBeUndefined()
  expect(judgeToolCall({ ...call, arguments: '[]' }, request)?.reason).toBe('broken-tool-call')
})

test.each([
  ['gpt-5-mini', 'gpt-5-mini'],
  ['gpt-5-mini', 'gpt-5-mini-2025-08-07'],
  ['gpt-5-mini-2025-08-07', 'gpt-5-mini'],
  ['openai/gpt-5-mini', 'gpt-5-mini-2025-08-07'],
  ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
  ['mistral-small-latest', 'mistral-small-2409'],
  ['gemini-2.5-flash', 'models/gemini-2.5-flash-001'],
  ['meta-llama/llama-3.3-70b:free', 'meta-llama/llama-3.3-70b'],
  ['GPT-5-mini', 'gpt-5-mini'],
  ['ft:gpt-4o-mini:org::1', 'ft:gpt-4o-mini:org::1'],
])('%s may be served as %s', (asked, served) => {
  expect(isOtherModel(asked, served)).toBe(false)
})

test.each([
  ['gpt-5-mini', 'gpt-5-nano'],
  ['gpt-4o', 'gpt-4o-mini'],
  ['gpt-5-mini-2025-08-07', 'gpt-5-mini-2025-11-01'],
  ['claude-haiku-4-5', 'claude-sonnet-4-5'],
  ['llama3.2:3b', 'llama3.2:1b'],
])('%s may not be served as %s', (asked, served) => {
  expect(isOtherModel(asked, served)).toBe(true)
})
