import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anchorOf, anchorSeam, prefillSeam, type Seam } from './seam.ts'
import { TextGate } from './text-gate.ts'

/** Prose, text that repeats itself, white space of all kinds, surrogate pairs and combining marks. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'b',
        'ab',
        ' ',
        '\n',
        '\n\n',
        '  ',
        '🦑',
        '👩‍🚀',
        'é',
        'e\u0301',
        '日本',
        'The end.',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((pieces) => pieces.join(''))
  .filter((joined) => joined.trim() !== '')

/** Twenty cuts of each of 600 texts are 12,000 seams. */
const cuts = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 7 }),
  }),
  { minLength: 20, maxLength: 20 },
)
const runs = { numRuns: 600 }

function inPieces(whole: string, length: number): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at < whole.length; at += length) pieces.push(whole.slice(at, at + length))
  return pieces
}

/** What a reader has of a text that broke off after `length` characters. */
function deliverUntil(whole: string, at: number, length: number): string {
  const gate = new TextGate()
  return inPieces(whole.slice(0, Math.floor(at * whole.length)), length)
    .map((piece) => gate.push(piece))
    .join('')
}

/** What passes the seam, or undefined where it does not fit. */
function passThrough(delivered: string, seam: Seam, continuation: string, length: number) {
  const gate = new TextGate(delivered, seam)
  let released = ''
  for (const piece of inPieces(continuation, length)) {
    const passed = gate.push(piece)
    if (passed === undefined) return undefined
    released += passed
  }
  const rest = gate.end()
  return rest === undefined ? undefined : { released: released + rest, text: gate.text }
}

/** Delivered text never ends inside a code point, and there is some: without any nothing is continued. */
function eachCut(
  given: readonly { readonly at: number; readonly length: number }[],
  whole: string,
  check: (delivered: string, length: number) => void,
) {
  for (const { at, length } of given) {
    const delivered = deliverUntil(whole, at, length)
    expect(delivered.isWellFormed()).toBe(true)
    if (delivered !== '') check(delivered, length)
  }
}

test('a prefilled continuation joins without a seam', () => {
  fc.assert(
    fc.property(text, cuts, (whole, given) => {
      eachCut(given, whole, (delivered, length) => {
        const sent = delivered.trimEnd()
        const continuation = whole.slice(sent.length)
        const joined = passThrough(delivered, prefillSeam(delivered), continuation, length)
        // A text whose first 64 characters come again right at the cut looks like one that starts over.
        const looksLikeNew = sent.length >= 64 && continuation.startsWith(sent.slice(0, 64))
        if (looksLikeNew) expect(joined).toBeUndefined()
        else expect(joined).toEqual({ released: whole.slice(delivered.length), text: whole })
      })
    }),
    runs,
  )
})

test('an instructed continuation joins at its anchor', () => {
  fc.assert(
    fc.property(text, cuts, (whole, given) => {
      eachCut(given, whole, (delivered, length) => {
        // White space alone is held back by the gate, so nothing is ever continued from it.
        if (delivered.trim() === '') return
        const anchor = anchorOf(delivered)
        expect(anchor.isWellFormed()).toBe(true)
        const continuation = anchor + whole.slice(delivered.trimEnd().length)
        const joined = passThrough(delivered, anchorSeam(delivered, anchor), continuation, length)
        expect(joined).toEqual({ released: whole.slice(delivered.length), text: whole })
      })
    }),
    runs,
  )
})

test('what does not begin with the anchor never passes', () => {
  fc.assert(
    fc.property(text, text, cuts, (whole, other, given) => {
      eachCut(given, whole, (delivered, length) => {
        const anchor = anchorOf(delivered)
        const joined = passThrough(delivered, anchorSeam(delivered, anchor), other, length)
        if (!other.trimStart().startsWith(anchor)) expect(joined).toBeUndefined()
      })
    }),
    runs,
  )
})

test('a prefilled model that starts over is noticed', () => {
  fc.assert(
    fc.property(text, text, cuts, (head, tail, given) => {
      const whole = `${head.trim()}${'.'.repeat(64)}${tail}`
      eachCut(given, whole, (delivered, length) => {
        if (delivered.trimEnd().length < 64) return
        expect(passThrough(delivered, prefillSeam(delivered), whole, length)).toBeUndefined()
      })
    }),
    { numRuns: 100 },
  )
})

test('white space at the seam is neither lost nor doubled', () => {
  const cases = [
    ['One two \n', ' \nthree', 'One two \nthree'],
    ['One two \n', 'three', 'One two \nthree'],
    ['One two', ' three', 'One two three'],
    ['One two\n', '\n\nthree', 'One two\n\nthree'],
  ] as const
  for (const [delivered, continuation, joined] of cases) {
    expect(passThrough(delivered, prefillSeam(delivered), continuation, 2)?.text).toBe(joined)
  }
})

test('an anchor is the last words from the beginning of a word', () => {
  expect(anchorOf('Short text. ')).toBe('Short text.')
  const long = `${'lorem ipsum dolor sit amet '.repeat(10)}the end `
  expect(long.trimEnd().endsWith(anchorOf(long))).toBe(true)
  expect(anchorOf(long)).toMatch(/^(lorem|ipsum|dolor|sit|amet) /)
  expect(anchorOf(long).length).toBeLessThanOrEqual(60)
  expect(anchorOf('🦑'.repeat(50))).toBe('🦑'.repeat(30))
  expect(anchorOf(`x${'🦑'.repeat(50)}y`)).toBe(`${'🦑'.repeat(29)}y`)
})
