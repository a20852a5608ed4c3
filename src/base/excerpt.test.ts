import { describe, expect, it } from 'vitest'
import { excerpt } from './excerpt.ts'

const values = [
  'canary.kenarek@example.com',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  'sk-proj-Q7fKx2mTz9vLw4RbYc8NdH3sJgPa6EuVoXi1',
  'https://admin:tr0ub4dor@db.example.net/x',
]

describe('excerpt', () => {
  it('leaves a short text as it is', () => {
    expect(excerpt('Key sk-1 is wrong', 17)).toBe('Key sk-1 is wrong')
  })

  it('ends after a whole word', () => {
    expect(excerpt('The model is overloaded at the moment', 20)).toBe('The model is…')
    expect(excerpt('{"error":{"message":"Invalid authentication"}}', 30)).toBe(
      '{"error":{"message":"Invalid…',
    )
  })

  it.each(values)('severs nothing of %s, wherever the cut comes', (value) => {
    const text = `{"message": "We could not read ${value} in your request", "more": true}`
    for (let limit = 0; limit < text.length; limit++) {
      const shown = excerpt(text, limit).replace('…', '')
      expect(shown.length).toBeLessThanOrEqual(limit)
      const rest = shown.replace(value, '')
      const severed = rest.slice('{"message": "We could not read '.length)
      expect([limit, /\d|canary|sk-|admin/.test(severed)]).toEqual([limit, false])
    }
  })

  it('shows nothing of one long token', () => {
    expect(excerpt('x'.repeat(500), 100)).toBe('')
  })
})
