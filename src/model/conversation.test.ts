import { expect, test } from 'vitest'
import { conversationKey } from './conversation.ts'

test('a key stands for its id and hides it', () => {
  const id = 'jane.doe@example.com'
  expect(conversationKey(id)).toMatch(/^id-[0-9a-f]{24}$/)
  expect(conversationKey(id)).toBe(conversationKey(id))
  expect(conversationKey('jane.doe@example.org')).not.toBe(conversationKey(id))
})

test('the key of an id never changes', () => {
  // Traces that are stored carry it: a change of the formula would leave them behind.
  expect(conversationKey('user-1')).toBe('id-c6c289e49e9c05b214586038')
})
