import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnvelopeText } from './envelope-text.ts'

/** What comes out of an answer that arrives in these pieces. */
function opened(pieces: readonly string[]): string {
  const text = new EnvelopeText('value')
  return pieces.map((piece) => text.push(piece)).join('') + text.end()
}

describe('the text of an enveloped answer', () => {
  it('loses the envelope, however the pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('', ' ', '\n  '),
        fc.array(fc.nat(12), { minLength: 1 }),
        (value, space, sizes) => {
          const text = `${space}{${space}"value":${space}${JSON.stringify(value)}${space}}\n`
          const pieces: string[] = []
          for (let at = 0, next = 0; at < text.length; next++) {
            const size = (sizes[next % sizes.length] ?? 0) + 1
            pieces.push(text.slice(at, at + size))
            at += size
          }
          expect(JSON.parse(opened(pieces))).toEqual(JSON.parse(JSON.stringify(value)))
        },
      ),
    )
  })

  it.each([
    '[1, 2]',
    '{"values": 1}',
    '{"other": {"value": 1}}',
    '```json\n{"value": 1}\n```',
    'I am sorry.',
    '{"value"',
    '',
  ])('stays as it is without one: %s', (text) => {
    expect(opened([text])).toBe(text)
    expect(opened([...text])).toBe(text)
  })

  it('leaves a cut value open', () => {
    expect(opened(['{"value": [{"a": 1}'])).toBe('[{"a": 1}')
  })

  it('is not fooled by brackets inside of strings', () => {
    expect(opened(['{"value": ["}", "\\"]}"]', '}'])).toBe('["}", "\\"]}"]')
  })

  it('holds back no more than the opening', () => {
    const text = new EnvelopeText('value')
    expect(text.push('{"value":["a')).toBe('["a')
    expect(text.push('b')).toBe('b')
  })
})
