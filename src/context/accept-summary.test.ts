import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { acceptSummary, type SummarySource } from './accept-summary.ts'
import { createRandom, say, toTurns } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'

beforeAll(loadTokenizer)

const content = {
  facts: ['Ana paid invoice 4711 on Tuesday.'],
  decisions: ['The parcel goes to Lisbon.'],
  openQuestions: [],
  preferences: ['Ana wants short answers.'],
}

function source(part: Partial<SummarySource> = {}): SummarySource {
  const random = createRandom(6)
  const messages = Array.from(
    { length: 20 },
    (): Message => ({ role: 'user', content: say(random, 60) }),
  )
  return { turns: toTurns(messages), pins: [], writtenBy: 'test/model', nowMs: 5, ...part }
}

const reasonOf = (answer: unknown, part: Partial<SummarySource> = {}) => {
  const verdict = acceptSummary(answer, source(part))
  return verdict.ok ? 'accepted' : verdict.reason
}

describe('acceptSummary', () => {
  it('takes the value, its JSON, and its JSON in a fence', () => {
    for (const answer of [
      content,
      JSON.stringify(content),
      `\`\`\`json\n${JSON.stringify(content)}\n\`\`\``,
    ]) {
      const verdict = acceptSummary(answer, source())
      expect(verdict).toMatchObject({
        ok: true,
        summary: { fromSeq: 1, toSeq: 20, writtenBy: 'test/model', createdAtMs: 5 },
      })
    }
  })

  it('covers what the summary before it covered as well', () => {
    const turns = source().turns.slice(10)
    const text = 'Facts:\n- Ana has a boat.'
    const previous = {
      fromSeq: 1,
      toSeq: 10,
      text,
      tokens: countTokens(text),
      createdAtMs: 1,
      writtenBy: 'x',
    }
    const verdict = acceptSummary(content, source({ turns, previous }))
    expect(verdict.ok && [verdict.summary.fromSeq, verdict.summary.toSeq]).toEqual([1, 20])
  })

  it('writes a heading for each list that has entries', () => {
    const verdict = acceptSummary(content, source())
    expect(verdict.ok && verdict.summary.text).toBe(
      'Facts:\n- Ana paid invoice 4711 on Tuesday.\nDecisions:\n- The parcel goes to Lisbon.\nPreferences:\n- Ana wants short answers.',
    )
  })

  it.each([
    ['Error generating summary: Error: 429 rate limited', 'error-text'],
    ["I'm sorry, I can't help with that.", 'error-text'],
    ['503 Service Unavailable', 'error-text'],
    [
      { ...content, facts: ['Error: 429 rate limited'], decisions: [], preferences: [] },
      'error-text',
    ],
    ['', 'malformed'],
    ['Ana paid.', 'malformed'],
    [{ error: { message: 'overloaded' } }, 'malformed'],
    [{ ...content, facts: 'Ana paid.' }, 'malformed'],
    [null, 'malformed'],
    [{ facts: ['  '], decisions: [], openQuestions: [], preferences: [] }, 'empty'],
    [
      { ...content, facts: Array.from({ length: 200 }, (_, at) => `Fact number ${at} is long.`) },
      'too-long',
    ],
  ])('rejects %j as %s', (answer, reason) => {
    expect(reasonOf(answer)).toBe(reason)
  })

  it('rejects what is no shorter than its source', () => {
    expect(reasonOf(content, { turns: toTurns([{ role: 'user', content: 'Ana paid.' }]) })).toBe(
      'too-long',
    )
  })

  it('rejects what contradicts a pin and says which', () => {
    const text = 'Ana never wants short answers.'
    const verdict = acceptSummary(
      content,
      source({ pins: [{ key: 'k', text, tokens: countTokens(text) }] }),
    )
    expect(verdict).toMatchObject({ ok: false, reason: 'contradicts-pin' })
    expect(!verdict.ok && verdict.message).toContain(text)
  })

  it('lets a conversation about errors be summarised', () => {
    expect(reasonOf({ ...content, facts: ['Error 503 was fixed by Ben.', 'Ana paid.'] })).toBe(
      'accepted',
    )
  })
})
