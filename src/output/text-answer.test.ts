import { describe, expect, it } from 'vitest'
import { readText } from './text-answer.ts'

describe('text answer', () => {
  it('is returned as it is', () => {
    const text = ' {"not": "read"}\n'
    expect(readText({ text, finishReason: 'stop' })).toEqual({ ok: true, value: text, changes: [] })
  })

  it.each([
    [{ text: 'half a sent', finishReason: 'length' }, 'truncated'],
    [{ text: ' \n', finishReason: 'stop' }, 'empty'],
    [{ text: '', finishReason: 'stop', refusal: 'No.' }, 'refused'],
    [{ text: 'All is', finishReason: 'content-filter' }, 'refused'],
    [{ text: "I'm sorry, but I can't assist with that.", finishReason: 'stop' }, 'refused'],
  ] as const)('is not taken: %j', (answer, cause) => {
    expect(readText(answer)).toMatchObject({ ok: false, failure: { cause } })
  })
})
