import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitJson, shortBytes, shortText } from './fit-json.ts'

const bytes = (text: string) => Buffer.byteLength(text)

describe('fitJson', () => {
  it('leaves alone what fits', () => {
    const list = [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]
    expect(fitJson(list, 100)).toBe(JSON.stringify(list))
  })

  it('shortens long texts and keeps all elements', () => {
    const list = ['a', 'x'.repeat(5_000), 'b'].map((content) => ({ role: 'user', content }))
    const short = fitJson(list, 1_000)
    const read = JSON.parse(short) as { content: string }[]
    expect(read.map(({ content }) => content.slice(0, 3))).toEqual(['a', 'xxx', 'b'])
    expect(read[1]?.content).toContain('… [5000 characters]')
  })

  it('leaves out the middle of what is still too long', () => {
    const list = Array.from({ length: 500 }, (_, index) => ({ role: 'user', content: `m${index}` }))
    const read = JSON.parse(fitJson(list, 1_000)) as { content?: string }[]
    expect(read[0]?.content).toBe('m0')
    expect(read.at(-1)?.content).toBe('m499')
    expect(JSON.stringify(read)).toMatch(/… \d+ left out/)
  })

  it('is valid and within the limit for any list', () => {
    const message = fc.record({ role: fc.string(), parts: fc.array(fc.jsonValue()) })
    const texts = fc.record({ content: fc.string({ maxLength: 3_000, unit: 'grapheme' }) })
    const list = fc.array(fc.oneof(message, texts), { maxLength: 30 })
    fc.assert(
      fc.property(list, fc.integer({ min: 2, max: 4_000 }), (messages, limit) => {
        const json = fitJson(messages, limit)
        expect(Array.isArray(JSON.parse(json))).toBe(true)
        expect(bytes(json)).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 300 },
    )
  })
})

describe('shortText', () => {
  it('does not cut between the halves of a character', () => {
    const text = '😀'.repeat(100)
    for (let limit = 20; limit < 60; limit++) {
      expect(shortText(text, limit).isWellFormed()).toBe(true)
    }
  })
})

describe('shortBytes', () => {
  it('counts bytes, not characters', () => {
    const text = 'ж'.repeat(3_000)
    const short = shortBytes(text, 2_000)
    expect(bytes(short)).toBeLessThanOrEqual(2_000)
    expect(short).toContain('[3000 characters]')
    expect(shortBytes('ж'.repeat(1_000), 2_000)).toHaveLength(1_000)
  })
})
