import { describe, expect, it } from 'vitest'
import type { CaseResult } from './check-models.ts'
import { judgeCheck } from './judge-check.ts'

function results(count: number, facts: Partial<CaseResult> = {}): CaseResult[] {
  return Array.from({ length: count }, (_, index) => ({
    pipeline: 'sort',
    model: 'lab/gpt-5-mini',
    rehearsal: false,
    caseId: `case-${index}`,
    outcome: 'valid',
    reason: undefined,
    asExpected: true,
    servedModels: ['gpt-5-mini-2025-08-07'],
    fingerprints: ['fp_1'],
    length: 100,
    latencyMs: 400,
    ...facts,
  }))
}

/** Ten cases of which the first so many do not fit. */
function withInvalid(count: number): CaseResult[] {
  return results(10).map((each, index) =>
    index < count ? { ...each, outcome: 'invalid', asExpected: false } : each,
  )
}

const texts = (level: string) => (now: CaseResult[], earlier: CaseResult[]) =>
  judgeCheck(now, earlier)[0]
    ?.findings.filter((finding) => finding.level === level)
    .map(({ text }) => text)
const alarms = texts('alarm')
const warnings = texts('warning')

describe('judgeCheck', () => {
  const fiveRuns = Array.from({ length: 5 }, () => results(10)).flat()

  it('takes a few failures for chance and many for a fall', () => {
    expect(alarms(withInvalid(2), fiveRuns)).toEqual([])
    expect(alarms(withInvalid(3), fiveRuns)).toEqual([
      'Valid answers fell from 50 of 50 to 7 of 10: 3 did not fit.',
    ])
  })

  it('does not alarm for what failed before as well', () => {
    const failing = Array.from({ length: 5 }, () => withInvalid(3)).flat()
    expect(alarms(withInvalid(4), failing)).toEqual([])
    expect(alarms(withInvalid(10), results(10, { outcome: 'invalid' }))).toEqual([])
  })

  it('leaves cases without an answer out of the shares', () => {
    const now = withInvalid(0).map((each, index) =>
      index < 8 ? { ...each, outcome: 'unanswered' as const } : each,
    )
    expect(judgeCheck(now, fiveRuns)[0]).toMatchObject({
      findings: [],
      unanswered: 8,
      valid: { good: 2, of: 2 },
    })
  })

  it('compares only cases that both have', () => {
    const added = results(5, { outcome: 'invalid', asExpected: false }).map((each) => ({
      ...each,
      caseId: `new-${each.caseId}`,
    }))
    expect(alarms([...results(10), ...added], fiveRuns)).toEqual([])
  })

  it('notices answers that fit and are not as expected', () => {
    expect(alarms(results(10, { asExpected: false }), fiveRuns)).toEqual([
      'Answers as expected fell from 50 of 50 to 0 of 10.',
    ])
  })

  it('alarms for a served model that is new and not for one that is known', () => {
    const both = [...fiveRuns, ...results(10, { servedModels: ['a-2'] })]
    expect(alarms(results(10, { servedModels: ['a-2'] }), both)).toEqual([])
    expect(alarms(results(10, { servedModels: ['a-3'] }), both)).toEqual([
      'The provider serves a-3; so far it served a-2, gpt-5-mini-2025-08-07.',
    ])
    expect(alarms(results(10, { servedModels: [] }), both)).toEqual([])
  })

  it('warns at the first run of a model that was not asked for', () => {
    expect(warnings(results(1), [])).toEqual([])
    expect(warnings(results(1, { servedModels: ['gpt-5-nano'] }), [])).toEqual([
      'The provider serves gpt-5-nano for gpt-5-mini.',
    ])
  })

  it('warns of fingerprints only when all are new', () => {
    expect(warnings(results(10, { fingerprints: ['fp_1', 'fp_2'] }), fiveRuns)).toEqual([])
    expect(warnings(results(10, { fingerprints: ['fp_2'] }), fiveRuns)).toEqual([
      'The fingerprint is fp_2; so far it was fp_1.',
    ])
  })

  it('warns when the median doubles or halves', () => {
    expect(warnings(results(10, { latencyMs: 700, length: 60 }), fiveRuns)).toEqual([])
    expect(warnings(results(10, { latencyMs: 900, length: 40 }), fiveRuns)).toEqual([
      'Answers have 40 characters in the median; so far 100.',
      'Answers take 900 ms in the median; so far 400.',
    ])
    expect(warnings(results(2, { latencyMs: 4_000 }), fiveRuns)).toEqual([])
  })
})
