import { describe, expect, it } from 'vitest'
import { formatReports } from './format-report.ts'
import type { Judgement } from './judge.ts'
import { createReport, type DrillFacts } from './report.ts'

const facts = {
  subject: 'test',
  scenario: 'outage',
  seed: 1,
  deadlineMs: 3_000,
  calls: [2, 1],
  earlyCalls: 0,
}

function judged(durationMs: number, judgement: Judgement, request = 0): DrillFacts['judged'][0] {
  return {
    judgement,
    observation: {
      request,
      inputIndex: 0,
      stream: false,
      durationMs,
      ending: { kind: 'failed', error: new Error('not looked at') },
    },
  }
}

const useful: Judgement = { verdict: 'useful' }

describe('createReport', () => {
  it('gives exact quantiles', () => {
    const all = Array.from({ length: 1_000 }, (_, index) => judged(index + 1, useful, index))
    const report = createReport({ ...facts, judged: all.toReversed() })
    expect(report).toMatchObject({ p50Ms: 500, p99Ms: 990, maxMs: 1_000, usefulShare: 1 })
    expect(report.passed).toBe(true)
  })

  it.each([
    ['wrong', { wrong: 1 }],
    ['truncated', { truncated: 1 }],
    ['error', { errors: 1 }],
    ['hung', { hung: 1 }],
  ] as const)('fails for one answer that is %s', (verdict, counts) => {
    const bad = judged(10, { verdict, problem: 'As it was found.' })
    const report = createReport({ ...facts, judged: [judged(10, useful), bad] })
    expect(report).toMatchObject({ ...counts, usefulShare: 0.5, passed: false })
    expect(report.problems[0]?.problem).toBe('As it was found.')
  })

  it('fails for an answer behind the deadline and its grace', () => {
    const inTime = createReport({ ...facts, judged: [judged(3_050, useful)] })
    expect(inTime).toMatchObject({ overruns: 0, passed: true })
    const late = createReport({ ...facts, judged: [judged(3_050.5, useful)] })
    expect(late).toMatchObject({ overruns: 1, passed: false })
  })

  it('passes where no answer was promised', () => {
    const report = createReport({ ...facts, judged: [judged(10, { verdict: 'unanswered' })] })
    expect(report).toMatchObject({ unanswered: 1, useful: 0, passed: true, problems: [] })
  })

  it('counts calls per request and model', () => {
    const report = createReport({ ...facts, judged: [judged(1, useful), judged(1, useful)] })
    expect(report).toMatchObject({ callsPerRequest: 1.5, primaryCallsPerRequest: 1 })
  })
})

describe('formatReports', () => {
  it('draws a table with the problems below', () => {
    const bad = judged(20, { verdict: 'wrong', problem: 'The answer is not the one.' }, 7)
    const table = formatReports([
      createReport({ ...facts, judged: [judged(10, useful)] }),
      createReport({ ...facts, scenario: 'both-down', judged: [bad] }),
    ])
    const lines = table.split('\n')
    expect(lines[0]).toMatch(/^scenario +requests +useful %/)
    expect(lines[1]).toMatch(/^outage .* 100\.0 .* ok$/)
    expect(lines[2]).toMatch(/^both-down .* FAILED$/)
    expect(lines).toContain('both-down, request 7, 20 ms: The answer is not the one.')
  })
})
