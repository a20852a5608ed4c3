import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextGate } from './text-gate.ts'

function release(pieces: readonly string[]) {
  const gate = new TextGate()
  const released = pieces.map((piece) => gate.push(piece) ?? '')
  return { released, end: gate.end() ?? '', text: gate.text }
}

test('text passes as it comes', () => {
  expect(release(['One', ' two']).released).toEqual(['One', ' two'])
})

test('a beginning of white space waits for content', () => {
  expect(release([' ', '\n', 'One'])).toEqual({
    released: ['', '', ' \nOne'],
    end: '',
    text: ' \nOne',
  })
})

test('half a surrogate pair waits for its other half', () => {
  expect(release(['Hi \uD83E', '\uDD91!'])).toMatchObject({ released: ['Hi ', '🦑!'], end: '' })
})

test('a half without its other half is given at the end', () => {
  expect(release(['Hi \uD83E'])).toMatchObject({ released: ['Hi '], end: '\uD83E' })
})

test('after a delivered beginning white space is content', () => {
  const gate = new TextGate('One')
  expect(gate.push(' ')).toBe(' ')
  expect(gate.text).toBe('One ')
})

test('all that is taken is given, in order and well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), (text, length) => {
      const pieces: string[] = []
      for (let at = 0; at < text.length; at += length) pieces.push(text.slice(at, at + length))
      const { released, end, text: taken } = release(pieces)
      expect(released.join('') + end).toBe(text)
      expect(taken).toBe(text)
      for (const piece of released) expect(piece.isWellFormed()).toBe(true)
    }),
  )
})
