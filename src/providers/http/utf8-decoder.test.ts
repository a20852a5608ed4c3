import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Utf8Decoder } from './utf8-decoder.ts'

/** Decodes the pieces up to the first fault. */
function decode(pieces: readonly Buffer[]): { text: string; valid: boolean; whole: boolean } {
  const decoder = new Utf8Decoder()
  let text = ''
  for (const piece of pieces) {
    const decoded = decoder.write(piece)
    text += decoded.text
    if (!decoded.valid) return { text, valid: false, whole: false }
  }
  return { text, valid: true, whole: decoder.end() }
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [...new Set(at.map((point) => point % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...points].map((from, index) => bytes.subarray(from, points[index] ?? bytes.length))
}

describe('Utf8Decoder', () => {
  it('joins a character cut anywhere', () => {
    const bytes = Buffer.from('a€😀')
    const pieces = [...bytes].map((byte) => Buffer.from([byte]))
    expect(decode(pieces)).toEqual({ text: 'a€😀', valid: true, whole: true })
  })

  it.each([
    ['a stray continuation', [0x61, 0x80, 0x62]],
    ['an overlong form', [0x61, 0xc0, 0xaf]],
    ['a surrogate', [0x61, 0xed, 0xa0, 0x80]],
    ['a code point beyond the last', [0x61, 0xf5, 0x80, 0x80, 0x80]],
    ['a lead without its rest', [0x61, 0xe2, 0x82, 0x62]],
  ])('reports %s and keeps what is before', (_name, bytes) => {
    expect(decode([Buffer.from(bytes)])).toMatchObject({ text: 'a', valid: false })
  })

  it('knows that the text ends inside a character', () => {
    expect(decode([Buffer.from([0x61, 0xe2, 0x82])])).toEqual({
      text: 'a',
      valid: true,
      whole: false,
    })
  })

  it('drops a byte order mark at the start alone', () => {
    const mark = '\uFEFF'
    expect(decode([Buffer.from(`${mark}a${mark}`)]).text).toBe(`a${mark}`)
  })

  it('decodes any bytes alike however they are cut', () => {
    const bytes = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    )
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 8 }), (all, points) => {
        expect(decode(cut(all, points))).toEqual(decode([all]))
      }),
    )
  })

  it('agrees with the platform on what is valid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (array) => {
        const decoded = decode([Buffer.from(array)])
        let expected: string | undefined
        try {
          expected = new TextDecoder('utf-8', { fatal: true }).decode(array)
        } catch {
          expected = undefined
        }
        expect(decoded.valid && decoded.whole ? decoded.text : undefined).toBe(expected)
      }),
    )
  })
})
