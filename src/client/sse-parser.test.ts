import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSseParser } from './sse-parser.ts'

const parseAll = (pieces: readonly string[]): string[] => {
  const parse = createSseParser()
  return pieces.flatMap((piece) => parse(piece)).map(({ data }) => data)
}

it.each([
  ['one event', 'id: 1\nevent: text-delta\ndata: {"a":1}\n\n', ['{"a":1}']],
  ['comments and retry', ': \n\nretry: 1000\n\ndata: x\n\n', ['x']],
  ['several lines of data', 'data: a\ndata: b\n\n', ['a\nb']],
  ['no space after the colon', 'data:x\n\n', ['x']],
  ['CRLF', 'data: x\r\n\r\ndata: y\r\n\r\n', ['x', 'y']],
  ['CR', 'data: x\r\rdata: y\r\r:', ['x', 'y']],
  ['an event that is not over', 'data: x\n', []],
])('%s', (_, text, expected) => {
  expect(parseAll([text])).toEqual(expected)
})

it('events bear the newest id, and an id alone is told', () => {
  const parse = createSseParser()
  expect(parse('id: 1\n\ndata: x\n\nid:2\ndata: y\n\n')).toEqual([
    { id: '1', data: '' },
    { id: '1', data: 'x' },
    { id: '2', data: 'y' },
  ])
})

it('cuts anywhere change nothing', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ':', ' ', 'é', '😀') })
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
  const cuts = fc.array(fc.nat({ max: 200 }))
  fc.assert(
    fc.property(fc.array(line), lineEnd, cuts, (lines, end, places) => {
      const text = `${lines.map((each) => `data: ${each}${end}${end}`).join('')}:${end}`
      const borders = [0, ...places.filter((place) => place < text.length), text.length]
      borders.sort((first, second) => first - second)
      const pieces = borders.slice(1).map((border, index) => text.slice(borders[index], border))
      expect(parseAll(pieces)).toEqual(lines)
    }),
  )
})
