import { describe, expect, it } from 'vitest'
import { plainValue } from './plain-value.ts'
import { parseTolerant } from './tolerant-parser.ts'

const names = new Set(['a', 'b', 'note'])
const known = { has: (key: string) => names.has(key), nestsLists: false }
const parse = (text: string, more = {}) => parseTolerant(text, 0, { known, maxDepth: 8, ...more })

describe('tolerant parser', () => {
  it('keeps the characters of numbers and words', () => {
    expect(parse('{"a": 1.10, "b": True}').root).toMatchObject({
      members: [
        { key: 'a', value: { kind: 'bare', text: '1.10', start: 6, end: 10 } },
        { key: 'b', value: { kind: 'bare', text: 'True' } },
      ],
    })
  })

  it('mends nothing in what is valid', () => {
    expect(parse('{"a": [1, "x", {"b": null}]} and more')).toMatchObject({ end: 28, repairs: [] })
  })

  it.each([
    ["{a: 'x',}", ['bare-key', 'quotes', 'extra-comma']],
    ['{"a": 1 "b": 2}', ['missing-comma']],
    ['{"a" 1}', ['missing-colon']],
    ['[1, 2', []],
    ['{"a": "x"', ['missing-closer']],
    ['{"a": [1, 2}', ['missing-closer']],
    ['{"a": ["x"}, "b": 1}', ['mismatched-closer']],
    ['{"a": 1}, "b": 2}', ['stray-closer']],
    ['{"a": "x" /* c */}', ['comment']],
    ['{"a": "one "two" three"}', ['inner-quotes']],
    ['{"a": "x, "b": 1}', ['missing-quote']],
    ['{"a": (1, 2)}', ['tuple']],
    ['{"a": T(b=1)}', ['call']],
    ['{{"a": 1}}', ['doubled-braces']],
    ['{SO "a": 1}', ['stray-word']],
  ])('notes how it read %s', (text, rules) => {
    expect(parse(text).repairs.map((repair) => repair.rule)).toEqual(rules)
  })

  it.each([
    ['{"a":', 'truncated'],
    ['{"a": "x', 'truncated'],
    ['[1, 2', 'truncated'],
    ['[', 'truncated'],
    ['{"a": }', 'syntax'],
    ['{"a": [1], [2]}', 'syntax'],
    ['[1,, 2]', 'ambiguous'],
    ['[1, ...]', 'ambiguous'],
    ['{"a": "x" y", "b": 1}', 'ambiguous'],
    ['{"a": ""x""}', 'ambiguous'],
    ['{"a": "x,""b": 1}', 'ambiguous'],
    ['["x, y", a, b"]', 'ambiguous'],
    ['[[[[[[[[[', 'hostile'],
  ])('stops where mending would be a guess: %s', (text, cause) => {
    expect(parse(text).fault?.cause).toBe(cause)
  })

  it('reads a document that lacks its first brace', () => {
    const { root } = parse('"a": 1, "b": [2]}', { braceless: true })
    expect(plainValue(root)).toEqual({ a: 1, b: [2] })
  })

  it('knows whether data has begun', () => {
    expect(parse('[[], 12').begun).toBe(true)
    expect(parse('{"a"').begun).toBe(true)
    expect(parse('{{name').begun).toBe(false)
  })

  it('lists no more than the first repairs of a rule', () => {
    expect(parse(`[${'1 '.repeat(5000)}]`).repairs).toHaveLength(200)
  })
})
