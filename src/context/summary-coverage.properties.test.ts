import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Summary, Turn } from '../model/conversation.ts'
import { acceptSummary } from './accept-summary.ts'
import { buildContext } from './build-context.ts'
import { createRandom, randomTurns, toMemory } from './conversation.fixture.ts'
import { loadTokenizer } from './count-tokens.ts'
import type { ContextEpoch } from './epoch.ts'
import { extractiveSummary } from './extractive-summary.ts'
import { planSummary } from './plan-summary.ts'
import { createRecallIndex } from './recall-index.ts'

beforeAll(loadTokenizer)

/** What a summariser may come back with; each is either accepted or changes nothing. */
const answers: readonly unknown[] = [
  'Error generating summary: 429',
  '',
  { facts: [], decisions: [], openQuestions: [], preferences: [] },
  { facts: ['x'.repeat(20_000)], decisions: [], openQuestions: [], preferences: [] },
  { facts: ['Ana paid.'], decisions: [], openQuestions: [], preferences: [] },
  undefined,
]

/** Runs a summary job as it may go: well, badly, twice at once, or by extraction. */
function summarise(
  log: readonly Turn[],
  known: Summary | undefined,
  nextFromSeq: number,
  random: () => number,
): Summary | undefined {
  const range = planSummary({ recentTurns: log, historySummary: known }, nextFromSeq)
  if (!range) return known
  const turns = log.filter(({ seq }) => seq >= range.fromSeq && seq <= range.toSeq)
  expect(turns.map(({ seq }) => seq)).toEqual(
    Array.from({ length: range.toSeq - range.fromSeq + 1 }, (_, at) => range.fromSeq + at),
  )
  expect(range.fromSeq).toBe((known?.toSeq ?? 0) + 1)
  if (random() < 0.3) return extractiveSummary(turns, known, { nowMs: 0 })
  const answer = answers[Math.floor(random() * answers.length)]
  const source = { turns, previous: known, pins: [], writtenBy: 'test/model', nowMs: 0 }
  const verdict = acceptSummary(answer, source)
  // A second job that began at the same time plans the same range and comes to the same one.
  expect(acceptSummary(answer, source)).toEqual(verdict)
  return verdict.ok ? verdict.summary : known
}

it('keeps every turn visible, summarised or retrievable, whatever the summariser does', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 20, max: 150 }), (seed, count) => {
      const random = createRandom(seed)
      const log = randomTurns(seed, count)
      const index = createRecallIndex()
      let epoch: ContextEpoch | undefined
      let summary: Summary | undefined
      for (const turn of log) {
        const before = log.slice(0, turn.seq - 1)
        if (turn.message.role === 'user' && turn.message.content !== '') {
          const memory = toMemory(before, { historySummary: summary })
          const context = buildContext(memory, 1_500, {
            user: [turn.message],
            recall: index.search,
            ...(epoch && { epoch }),
          })
          epoch = context.epoch
          for (const { seq, message } of before) {
            const visible = seq >= epoch.fromSeq
            const summarised = epoch.summary !== undefined && seq <= epoch.summary.toSeq
            const wordless = message.content === '' && message.role !== 'assistant'
            expect(visible || summarised || index.has(seq) || wordless).toBe(true)
          }
          summary = summarise(before, summary, context.nextFromSeq, random)
        }
        index.add(turn)
      }
    }),
    { numRuns: 12 },
  )
})

it('leaves few turns to recall alone while summaries keep up', () => {
  const log = randomTurns(3, 600)
  const gaps: number[] = []
  let epoch: ContextEpoch | undefined
  let summary: Summary | undefined
  for (const turn of log) {
    if (turn.message.role !== 'user' || turn.message.content === '') continue
    const before = log.slice(0, turn.seq - 1)
    const memory = toMemory(before, { historySummary: summary })
    const context = buildContext(memory, 4_000, { user: [turn.message], ...(epoch && { epoch }) })
    epoch = context.epoch
    gaps.push(Math.max(0, epoch.fromSeq - 1 - (epoch.summary?.toSeq ?? 0)))
    // One job after each turn, as it would run beside a conversation.
    const range = planSummary(memory, context.nextFromSeq)
    if (range) {
      const turns = before.filter(({ seq }) => seq >= range.fromSeq && seq <= range.toSeq)
      summary = extractiveSummary(turns, summary, { nowMs: 0, maxTokens: 300 })
    }
  }
  expect(summary?.toSeq).toBeGreaterThan(500)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(20)
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeLessThan(1)
})
