import { expect, test } from 'vitest'
import { type Candidate, type Evidence, settleOverlaps } from './candidate.ts'

const candidate = (type: string, start: number, end: number, evidence: Evidence): Candidate => ({
  type,
  start,
  end,
  evidence,
})

test('candidates apart from one another all stay', () => {
  const [first, second] = [candidate('B', 5, 8, 'form'), candidate('A', 0, 5, 'form')]
  expect(settleOverlaps([first, second])).toEqual([second, first])
})

test('of the same span the better evidence names it', () => {
  const spans = [candidate('FORM', 0, 9, 'form'), candidate('CHECK', 0, 9, 'check')]
  expect(settleOverlaps(spans).map(({ type }) => type)).toEqual(['CHECK'])
})

test('a span inside another belongs to it', () => {
  const spans = [candidate('IN', 2, 4, 'check'), candidate('OUT', 0, 9, 'form')]
  expect(settleOverlaps(spans)).toEqual([spans[1]])
})

test('spans that overlap in part are masked together', () => {
  const spans = [candidate('A', 0, 6, 'context'), candidate('B', 4, 9, 'check')]
  expect(settleOverlaps(spans)).toEqual([candidate('B', 0, 9, 'check')])
})
