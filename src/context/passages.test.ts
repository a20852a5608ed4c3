import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passagesOf } from './passages.ts'

describe('passagesOf', () => {
  it('leaves a short text whole', () => {
    expect(passagesOf('One line.\nAnother.')).toEqual(['One line.\nAnother.'])
  })

  it('cuts a long one after a sentence', () => {
    const text = 'This sentence is here again. '.repeat(100)
    for (const passage of passagesOf(text).slice(0, -1)) expect(passage).toMatch(/\. $/)
  })

  it('loses no byte and makes none too long', () => {
    const text = fc.array(fc.constantFrom('word ', 'end. ', '\n\n', '😀', 'x'.repeat(700)), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const passages = passagesOf(parts.join(''))
        expect(passages.join('')).toBe(parts.join(''))
        expect(Math.max(...passages.map((passage) => passage.length))).toBeLessThanOrEqual(901)
      }),
    )
  })

  it('stops at its limit', () => {
    expect(passagesOf('word '.repeat(100_000))).toHaveLength(64)
  })
})
