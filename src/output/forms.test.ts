import { describe, expect, it } from 'vitest'
import { decodeEscapes, hidesTexCommand } from './escapes.ts'
import { parseExact } from './exact-json.ts'
import { fencedPart, fencedWhole } from './fence.ts'
import { mergeSingles, parseLabelled } from './labelled-answer.ts'
import { plainValue } from './plain-value.ts'
import { isPlainRefusal, isRefusal } from './refusal.ts'
import { parseXml } from './xml-answer.ts'

describe('exact JSON', () => {
  it.each([
    ['{"a": {"b": [1, "x:y"]}}', false],
    ['{"a": 1, "a": 1}', true],
    ['{"a\\\\": 1, "b": 2, "b": 3}', true],
    ['{"a": ":", "b": "\\":"}', false],
    ['{"a": 12345678901234567890}', true],
    ['{"a": 1e999}', true],
    ['{"__proto__": 1}', true],
    ['{"a": "\\frac{1}{2}"}', true],
    ['{"a": "\\\\frac{1}{2}"}', false],
    ['"so"', false],
  ])('knows whether %s is what was written', (text, isDoubtful) => {
    expect(parseExact(text, 10)).toEqual({ kind: 'value', value: JSON.parse(text), isDoubtful })
  })

  it.each(['{"a": 1', 'true story', "{'a': 1}", ''])('is not %s', (text) => {
    expect(parseExact(text, 10)).toEqual({ kind: 'not-json' })
  })

  it('counts levels', () => {
    expect(parseExact('[[[1]]]', 3).kind).toBe('value')
    expect(parseExact('[[[1]]]', 2).kind).toBe('too-deep')
  })
})

describe('escapes', () => {
  it.each([
    ['a\\nb', 'a\nb', undefined],
    ['\\u00e9\\x41', 'éA', undefined],
    ['\\d+\\s', '\\d+\\s', 'unknown-escape'],
    ["it\\'s", "it's", undefined],
    ['C:\\Users\\new', 'C:\\Users\\new', 'unknown-escape'],
    ['a \\times b', 'a \\times b', 'literal-backslash'],
    ['a\\\\times', 'a\\times', undefined],
    ['\\time', '\time', undefined],
    ['\\btop\\b \\d', '\\btop\\b \\d', 'literal-backslash'],
  ])('reads %j', (raw, text, rule) => {
    const decoded = decodeEscapes(raw)
    expect([decoded.text, decoded.rule]).toEqual([text, rule])
  })

  it.each(['\\d\\tx', '\\u12'])('cannot settle %j', (raw) => {
    expect(decodeEscapes(raw).ambiguous).toBe(true)
  })

  it('finds a TeX command only behind a single backslash', () => {
    expect(hidesTexCommand('\\frac')).toBe(true)
    expect(hidesTexCommand('\\\\frac')).toBe(false)
  })
})

describe('fences', () => {
  it('are taken off a whole block, and off the only one of a text', () => {
    expect(fencedWhole('```json\n{"a":1}\n```')).toBe('{"a":1}')
    expect(fencedWhole('see ```x```')).toBeUndefined()
    expect(fencedPart('see\n```yaml\na: 1\n```\n').trim()).toBe('a: 1')
    expect(fencedPart('```a```\n```b```')).toBe('```a```\n```b```')
  })
})

describe('labelled lines', () => {
  const read = (text: string) => {
    const node = parseLabelled(text, 10)
    return node && plainValue(node)
  }

  it.each([
    ['Of course:\na: 1\nb: "x: y"', { a: 1, b: 'x: y' }],
    ['a:\n  b: 1\n  c:\n    - x\n    - y\nd: ~', { a: { b: 1, c: ['x', 'y'] }, d: null }],
    [
      '- a: 1\n  b: 2\n- a: 3\n  b: 4',
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    ],
    ['a: |\n  one\n  two\nb: 1', { a: 'one\ntwo', b: 1 }],
    ['**a:** 1 # so\n`b` = x', { a: 1, b: 'x' }],
    ['a=1\nb=x = y', { a: 1, b: 'x = y' }],
    ['a: [x, "y, z", 3]\nb: []\nc: [x', { a: ['x', 'y, z', 3], b: [], c: '[x' }],
    ['1. x\n2. y', ['x', 'y']],
    ['a:\n- x\n- y\nb: 1', { a: ['x', 'y'], b: 1 }],
  ])('are read: %j', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it.each([
    'just prose',
    'a==1\nb==2',
    'the sum a=1',
    'a: 1\nand then prose',
    'c: 1\na:\nb: 1',
    'a: 1\n    b: 2',
  ])('are not made up: %j', (text) => {
    expect(read(text)).toBeUndefined()
  })

  it('of one property each are one object', () => {
    const node = parseLabelled('- a: 1\n- b: 2', 10)
    expect(node && mergeSingles(node)).toMatchObject({ members: [{ key: 'a' }, { key: 'b' }] })
  })
})

describe('elements', () => {
  const read = (text: string) => {
    const node = parseXml(text, 10)
    return node && plainValue(node)
  }

  it.each([
    ['<p><a>1</a><b>x &amp; y</b></p>', { p: { a: 1, b: 'x & y' } }],
    ['<a>1</a>\n<b>2</b>', { a: 1, b: 2 }],
    ['<l><i>x</i><i>y</i></l>', { l: ['x', 'y'] }],
  ])('are read: %s', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it.each(['<a>1', '<a>1</b>', '<a x="1">1</a>', 'a < b', '<a>so <b>1</b></a>'])(
    'are not made up: %s',
    (text) => {
      expect(read(text)).toBeUndefined()
    },
  )
})

describe('refusals', () => {
  it.each([
    "I'm sorry, but I can't help with that.",
    'I cannot provide this information.',
    'As an AI language model, I cannot say.',
    'Unfortunately, I am unable to answer that.',
    'This request violates our policy.',
  ])('are known: %s', (text) => {
    expect(isRefusal(text)).toBe(true)
    expect(isPlainRefusal(text)).toBe(true)
  })

  it.each([
    "I'm sorry to hear that your parcel is late. It leaves today.",
    'Dear Leo, I am sorry that I cannot come on Friday.',
    'I can help with that: open the settings first.',
    `I cannot answer that in one line. ${'Here is the long story. '.repeat(30)}`,
  ])('are not seen in a text: %s', (text) => {
    expect(isPlainRefusal(text)).toBe(false)
  })
})
