import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { randomTurns, toTurns } from './conversation.fixture.ts'
import { loadTokenizer } from './count-tokens.ts'
import { extractiveSummary } from './extractive-summary.ts'
import { summaryRequest, summarySchema } from './summary-request.ts'
import { parseSummary, renderSummary } from './summary-text.ts'
import { sumTokens } from './token-count.ts'

beforeAll(loadTokenizer)

const said: readonly string[] = [
  'Good morning!',
  'We decided to ship on 14 March. The weather is nice.',
  'I prefer tea over coffee.',
  'The order number is 90210.',
  'Which port will it be?',
]
const turns = () => toTurns(said.map((content): Message => ({ role: 'user', content })))

describe('extractiveSummary', () => {
  it('sorts what matters under its headings, as it was said', () => {
    const { text, writtenBy, fromSeq, toSeq } = extractiveSummary(
      [...turns(), ...toTurns([{ role: 'user', content: 'Filler of no use at all. '.repeat(30) }])],
      undefined,
      { nowMs: 1 },
    )
    expect(text).toContain('Decisions:\n- user: We decided to ship on 14 March.')
    expect(text).toContain('Preferences:\n- user: I prefer tea over coffee.')
    expect(text).toContain('- user: The order number is 90210.')
    expect(text).toContain('Open questions:\n- user: Which port will it be?')
    expect([writtenBy, fromSeq, toSeq]).toEqual(['extractive', 1, 1])
  })

  it('carries on what the summary before it said', () => {
    const filler = toTurns([{ role: 'user', content: 'Filler of no use at all. '.repeat(30) }])
    const first = extractiveSummary([...filler, ...turns()], undefined, { nowMs: 1 })
    const later = toTurns([
      { role: 'user', content: 'So be it, and so on and so forth. '.repeat(20) },
    ])
    const second = extractiveSummary(
      later.map((turn) => ({ ...turn, seq: 6 })),
      first,
      { nowMs: 2 },
    )
    expect(second.text).toContain('We decided to ship on 14 March.')
    expect([second.fromSeq, second.toSeq]).toEqual([1, 6])
  })

  it('is never empty, stays within its limit and is the same each time', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const log = randomTurns(seed, count)
        const options = { nowMs: 1, maxTokens: 200 }
        let summary = extractiveSummary(log.slice(0, 20), undefined, options)
        if (count > 20) summary = extractiveSummary(log.slice(20), summary, options)
        expect(summary.text).not.toBe('')
        expect(sumTokens(summary.tokens)).toBeLessThanOrEqual(200)
        expect(summary.toSeq).toBe(count)
        expect(extractiveSummary(log, undefined, options)).toEqual(
          extractiveSummary(log, undefined, options),
        )
      }),
      { numRuns: 30 },
    )
  })
})

describe('summaryRequest', () => {
  it('shows every turn and the record before them', () => {
    const first = extractiveSummary(turns(), undefined, { nowMs: 1 })
    const { messages, output } = summaryRequest(turns(), first)
    for (const content of said) expect(messages[1]?.content).toContain(`user: ${content}`)
    expect(messages[1]?.content).toContain(first.text)
    expect(output).toEqual({ type: 'json', name: 'conversation_record', schema: summarySchema })
  })

  it('takes text as text, whatever signs are in it', () => {
    const content = "Prices: $& and $' and `$1` {messages}"
    const { messages } = summaryRequest(toTurns([{ role: 'user', content }]), undefined)
    expect(messages[1]?.content.endsWith(content)).toBe(true)
  })

  it('shortens a message that would fill it', () => {
    const { messages } = summaryRequest(
      toTurns([{ role: 'user', content: 'x'.repeat(100_000) }]),
      undefined,
    )
    expect(messages[1]?.content.length).toBeLessThan(4_000)
    expect(messages[1]?.content).toContain('[… 97000 characters …]')
  })
})

describe('renderSummary', () => {
  it('is read back as it was written', () => {
    const content = { facts: ['a', 'b'], decisions: [], openQuestions: ['c?'], preferences: ['d'] }
    expect(parseSummary(renderSummary(content))).toEqual(content)
  })
})
