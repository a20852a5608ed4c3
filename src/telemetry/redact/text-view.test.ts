import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  depthOfQuote,
  maskSpans,
  opaque,
  originalEnd,
  originalStart,
  quoteDepth,
  viewIndex,
  viewText,
} from './text-view.ts'

const seen = (text: string): string => viewText(text).text

describe('a view', () => {
  test('of a plain text is that text', () => {
    const text = 'plain text [1] 50% & é'
    expect(viewText(text)).toEqual({ text, original: text, hasOtherScripts: false })
  })

  test.each([
    ['ｕ＠ｘ．ｄｅ', 'u@x.de'],
    ['jo\u200bhn\u00ad@x\ufeff.de', 'john@x.de'],
    ['٠١٢ ۳۴ ५६', '012 34 56'],
    ['𝟒𝟓𝟑𝟗', '4539'],
    ['a\u00a0b\u2013c\u2212d', 'a b-c-d'],
    ['a%2Bx%40b &#64; c', 'a+x@b @ c'],
    ['li\\u0040x \\n \\\\n \\"', 'li@x \n \n "'],
    ['\\d \\w', '\\d \\w'],
    ['see [EMAIL_12] and [REDACTION_FAILED len=3]', `see ${opaque} and ${opaque}`],
  ])('of %j reads %j', (text, plain) => {
    expect(seen(text)).toBe(plain)
  })

  test('tells scripts whose words it cannot hash', () => {
    const texts = ['ÄÖ αβγ Жд “…” €→', '密码', '암호', 'שלום']
    expect(texts.map((text) => viewText(text).hasOtherScripts)).toEqual([false, true, true, true])
  })

  test('maps spans back to all that they stand for', () => {
    const text = 'x\u200by [EMAIL_1] \\u0040z'
    const view = viewText(text)
    const at = view.text.indexOf('@')
    expect(text.slice(originalStart(view, at), originalEnd(view, at + 1))).toBe('\\u0040')
    expect(originalEnd(view, view.text.length)).toBe(text.length)
  })

  test('knows how deep a quote delimits', () => {
    const text = '"a\\"b\\\\\\"c'
    const view = viewText(text)
    const quotes = [...view.text].flatMap((character, at) => (character === '"' ? [at] : []))
    expect(quotes.map((at) => quoteDepth(view, at))).toEqual([0, 1, 2])
  })

  test('counts escaped backslashes before a quote as content', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(depthOfQuote)).toEqual([0, 1, 0, 2, 0, 1, 0, 3])
  })
})

test('masking makes each span one unit of the same place', () => {
  const view = viewText('to ａ@x.de or b@x.de')
  const masked = maskSpans(view, [
    { start: 3, end: 9 },
    { start: 13, end: 19 },
  ])
  expect(masked.text).toBe(`to ${opaque} or ${opaque}`)
  expect([originalStart(masked, 8), originalEnd(masked, 9)]).toEqual([13, 19])
})

test('offsets of any text map there and back', () => {
  const part = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('\u200b', '\\n', '\\\\"', '[PHONE_1]', 'ｘ', '%40', '𝟙', '😀'),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const view = viewText(parts.join(''))
      for (let at = 0; at < view.text.length; at++) {
        const start = originalStart(view, at)
        expect(originalEnd(view, at + 1)).toBeGreaterThan(start)
        expect(viewIndex(view, start)).toBe(at)
      }
    }),
  )
})
