import { describe, expect, it } from 'vitest'
import { differsBySlip, normalizeName, withoutAccents } from './normalize-name.ts'
import { readBoolean, readNull } from './read-boolean.ts'
import { readChoice } from './read-choice.ts'
import { readFormatted } from './read-date.ts'
import { readNumber } from './read-number.ts'
import type { ScalarReading } from './reading.ts'
import { SchemaViews } from './schema-views.ts'
import type { NumberView } from './view.ts'

const readingOf = (reading: ScalarReading) =>
  reading === undefined || reading === 'ambiguous' ? reading : reading.value

function viewOf(schema: object): NumberView {
  const view = new SchemaViews({ type: 'number', ...schema }).rootView
  if (view.kind !== 'number') throw new Error('not a number')
  return view
}

describe('numbers', () => {
  const any = viewOf({})
  it.each([
    ['42', 42],
    [' 42 ', 42],
    ['+4', 4],
    ['.5', 0.5],
    ['1_000', 1000],
    ['0x1F', 31],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,234,567', 1234567],
    ["1'234", 1234],
    ['-1,234.50', -1234.5],
    ['12,5', 12.5],
    ['€ 12.50', 12.5],
    ['12.50 USD', 12.5],
    ['**7**', 7],
    ['42n', 42],
    ['42L', 42],
    ['４２', 42],
    ['－１．５', -1.5],
  ])('reads %s', (text, value) => {
    expect(readingOf(readNumber(text, false, any))).toBe(value)
  })

  it.each([
    ...['1,234', '80%', '€1.234'].map((text) => [text, 'ambiguous'] as const),
    ...['5 kg', '5-7', '1/5', '1.5M', '>5', '~5', 'five', '', '-', '1.2.3', '5th', '1e999'].map(
      (text) => [text, undefined] as const,
    ),
  ])('leaves %s alone', (text, outcome) => {
    expect(readNumber(text, false, any)).toBe(outcome)
  })

  it('lets the schema decide between two readings', () => {
    expect(readingOf(readNumber('1,234', false, viewOf({ type: 'integer' })))).toBe(1234)
    expect(readingOf(readNumber('1,234', false, viewOf({ maximum: 10 })))).toBe(1.234)
    expect(readNumber('5.000', false, viewOf({ type: 'integer' }))).toBe('ambiguous')
  })

  it('takes a decimal comma only where no other comma can be', () => {
    expect(readNumber('12,5', true, any)).toBe('ambiguous')
  })

  it.each(['9007199254740993', '12345678901234567890'])('loses no digit of %s', (text) => {
    expect(readNumber(text, true, any)).toBeUndefined()
  })

  it.each([
    [{ minimum: 3 }, '2'],
    [{ exclusiveMaximum: 3 }, '3'],
    [{ multipleOf: 0.1 }, '0.25'],
    [{ type: 'integer' }, '2.5'],
  ])('keeps to %j', (schema, text) => {
    expect(readNumber(text, true, viewOf(schema))).toBeUndefined()
  })
})

describe('booleans and null', () => {
  it.each([
    ['True', true],
    ['false.', false],
    ['no', false],
    ['1', true],
    ['maybe', undefined],
    ['not true', undefined],
  ])('reads %s', (text, value) => {
    expect(readingOf(readBoolean(text, false))).toBe(value)
  })

  it.each(['null', 'None', 'N/A'])('reads %s as null', (text) => {
    expect(readingOf(readNull(text, false))).toBeNull()
  })
})

describe('members of an enum', () => {
  it.each([
    ['OPEN', ['open', 'shut'], 'open'],
    ['two words', ['twoWords', 'three'], 'twoWords'],
    ['A-', ['A+', 'B'], undefined],
    ['c#', ['C', 'C#', 'C++'], 'C#'],
    ['>5', ['<5', '>5'], '>5'],
    ['senor', ['señor', 'señora'], 'señor'],
    ['pendng', ['pending', 'done'], 'pending'],
    ['atypical', ['typical'], undefined],
    ['car3', ['car2', 'bus'], undefined],
    ['B) Paris', ['A', 'B'], 'B'],
    ['a cat', ['A', 'B'], undefined],
    ['TWO is one of them', ['ONE', 'TWO'], 'TWO'],
    ['open. Nobody objected, it is not final', ['open', 'shut'], 'open'],
    ['open, but not for long', ['open', 'shut'], 'ambiguous'],
    ['half-open', ['open', 'shut'], undefined],
    ['neither', ['open', 'shut'], undefined],
    ['open?', ['open', 'shut'], 'ambiguous'],
    ['3 stars', ['1', '2', '3'], '3'],
    ['3.7', ['1', '2', '3'], 'ambiguous'],
    ['3 of 10', ['1', '2', '3'], 'ambiguous'],
  ])('reads %s of %j', (text, members, value) => {
    expect(readingOf(readChoice(text, members))).toBe(value)
  })
})

describe('dates', () => {
  it.each([
    ['2026/11/24', '2026-11-24'],
    ['Nov 24, 2026', '2026-11-24'],
    ['24th of November 2026', '2026-11-24'],
    ['11/24/2026', '2026-11-24'],
    ['2026-11-24T00:00:00Z', '2026-11-24'],
    ['03/04/2026', undefined],
    ['2026-11-24T10:00:00Z', undefined],
    ['2026/13/24', undefined],
    ['soon', undefined],
  ])('reads %s', (text, value) => {
    expect(readFormatted(text, 'date')?.value).toBe(value)
  })

  it('completes a time only where the zone is given', () => {
    expect(readFormatted('2026-11-24 10:00 UTC', 'date-time')?.value).toBe('2026-11-24T10:00:00Z')
    expect(readFormatted('2026-11-24 10:00', 'date-time')).toBeUndefined()
  })
})

describe('names', () => {
  it('are one in any case and with any separators', () => {
    const written = ['userName', 'user_name', 'User Name', 'USER-NAME']
    expect(new Set(written.map(normalizeName)).size).toBe(1)
    expect(normalizeName('>=')).toBe('>=')
    expect(withoutAccents('Straße')).toBe('strasse')
  })

  it.each([
    ['adress', 'address', true],
    ['recieve', 'receive', true],
    ['legal', 'illegal', false],
    ['typical', 'atypical', false],
    ['item1', 'item2', false],
    ['horse', 'house', false],
  ])('differ by a slip or not: %s, %s', (left, right, slips) => {
    expect(differsBySlip(left, right)).toBe(slips)
    expect(differsBySlip(right, left)).toBe(slips)
  })
})
