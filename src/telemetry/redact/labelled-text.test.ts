import { expect, test } from 'vitest'
import { judge, readMarks } from './labelled-text.fixture.ts'

test('marks become offsets of the plain text', () => {
  expect(readMarks('to «EMAIL|a@b.co», ok')).toEqual({
    text: 'to a@b.co, ok',
    entities: [{ type: 'EMAIL', start: 3, end: 9, value: 'a@b.co' }],
  })
})

test('judging reports what is missed and stray', () => {
  expect(judge('mail a@b.co or «EMAIL|nobody»')).toEqual({
    missed: ['EMAIL nobody'],
    stray: ['EMAIL a@b.co'],
  })
})
