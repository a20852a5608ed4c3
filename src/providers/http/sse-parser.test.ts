import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SseEvent, SseParser } from './sse-parser.ts'

function parse(pieces: readonly string[]): SseEvent[] {
  const parser = new SseParser()
  const events: SseEvent[] = []
  for (const piece of pieces) parser.push(piece, events)
  return events
}

const dataOf = (...pieces: string[]): string[] => parse(pieces).map(({ data }) => data)

describe('SseParser', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['mixed', 'data: a\r\n\ndata: b\n\r\n'],
  ])('splits events at %s', (_name, text) => {
    expect(dataOf(text)).toEqual(['a', 'b'])
  })

  it('takes a CRLF cut in the middle as one line end', () => {
    expect(dataOf('data: a\r', '\ndata: b\r\n\r', '\n')).toEqual(['a\nb'])
  })

  it('joins several data lines with a newline', () => {
    expect(dataOf('data: {\ndata: }\n\n')).toEqual(['{\n}'])
  })

  it('takes one space off the value and no more', () => {
    expect(dataOf('data:a\n\ndata:  a\n\n')).toEqual(['a', ' a'])
  })

  it('names an event and forgets the name', () => {
    expect(parse(['event: error\ndata: x\n\ndata: y\n\n'])).toEqual([
      { event: 'error', data: 'x' },
      { event: '', data: 'y' },
    ])
  })

  it('passes over comments, ids and unknown fields', () => {
    expect(dataOf(': ping\nid: 7\nretry: 10\nfoo: bar\nbaz\ndata: x\n\n')).toEqual(['x'])
  })

  it('gives nothing for a blank line without data', () => {
    expect(dataOf('\n\nevent: ping\n\n: hello\n\n')).toEqual([])
  })

  it('gives an event with an empty data line', () => {
    expect(dataOf('data\n\ndata:\n\n')).toEqual(['', ''])
  })

  it('keeps the event that lacks its blank line', () => {
    const parser = new SseParser()
    const events: SseEvent[] = []
    parser.push('data: a\n\ndata: b', events)
    expect(events).toHaveLength(1)
    expect(parser.pendingLength).toBe('data: b'.length)
    expect(parser.end()).toEqual({ event: '', data: 'b' })
  })

  it('parses any stream alike however it is cut', () => {
    const line = fc.constantFrom('data: x', 'data:', ': c', 'event: e', 'id', 'data: é😀', '')
    const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
    const stream = fc.array(fc.tuple(line, lineEnd)).map((lines) => lines.flat().join(''))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 10 }), (text, cuts) => {
        const points = cuts.map((point) => point % (text.length + 1)).sort((a, b) => a - b)
        const pieces = [0, ...points].map((from, index) => text.slice(from, points[index]))
        expect(parse(pieces)).toEqual(parse([text]))
      }),
    )
  })
})
