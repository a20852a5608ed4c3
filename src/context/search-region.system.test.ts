import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { createRandom, say, toTurns } from './conversation.fixture.ts'
import { loadTokenizer } from './count-tokens.ts'
import { createRecallIndex } from './recall-index.ts'
import { createRecallUnits, unitsOf } from './recall-units.ts'
import { createScoreBuffers } from './score-buffers.ts'
import { chooseRegion, gap, type RegionRequest } from './search-region.ts'
import { createVocabulary } from './vocabulary.ts'

beforeAll(loadTokenizer)

const user = (content: string): Message => ({ role: 'user', content })

function indexOf(texts: readonly string[]) {
  const vocabulary = createVocabulary()
  const units = createRecallUnits()
  for (const turn of toTurns(texts.map(user))) {
    for (const [unit, words] of unitsOf(turn)) units.add(unit, vocabulary.add(words))
  }
  const index = { units, vocabulary, buffers: createScoreBuffers() }
  const choose = (words: readonly string[], part: Partial<RegionRequest> = {}) => {
    const terms = words.flatMap((word) => {
      const term = vocabulary.find(word)
      return term ? [[term, 1] as const] : []
    })
    const end = texts.length
    return chooseRegion(index, { terms, periods: [], nearest: [], end, size: 64, ...part })
  }
  return choose
}

const talk = (count: number) => {
  const random = createRandom(3)
  return Array.from({ length: count }, () => `So ${say(random, 12)}`)
}

describe('chooseRegion', () => {
  it('is all of a short index', () => {
    const choose = indexOf(talk(50))
    expect([...choose(['kettl'])]).toEqual(Array.from({ length: 50 }, (_, at) => at))
  })

  it('is as long for ten thousand turns as for a thousand', () => {
    for (const count of [1_000, 10_000]) {
      const places = indexOf(talk(count))(['harbour', 'kettl'])
      // Four blocks of 16, with the neighbours and gaps of each.
      expect(places.length).toBeLessThanOrEqual(4 * (16 + 6))
      expect(places.filter((place) => place !== gap).length).toBeGreaterThanOrEqual(64)
    }
  })

  it('holds the rare words, in order, with gaps where turns are left out', () => {
    const texts = talk(2_000)
    for (const at of [100, 1_500]) texts[at] = 'the zebra crate'
    const places = [...indexOf(texts)(['zebra', 'crate', 'harbour'])]
    for (const at of [98, 99, 100, 101, 102, 1_500]) expect(places).toContain(at)
    const held = places.filter((place) => place !== gap)
    expect(held).toEqual(held.toSorted((one, other) => one - other))
    for (const [at, place] of places.entries()) {
      const before = places[at - 1]
      if (before === undefined || before === gap || place === gap) continue
      expect(place).toBe(before + 1)
    }
  })

  it('holds the time that is asked for, and what is near in meaning', () => {
    const choose = indexOf(talk(2_000))
    // Turns are three minutes apart.
    const day = Date.UTC(2026, 0, 7)
    const places = choose([], {
      periods: [{ fromMs: day, toMs: day + 3_600_000 }],
      nearest: [77],
    })
    expect(places).toContain(960)
    expect(places).toContain(77)
  })

  it('takes nothing that is shown anyway', () => {
    const places = indexOf(talk(2_000))(['harbour'], { end: 500 })
    expect(Math.max(...places)).toBeLessThan(520)
  })
})

it('finds a fact among ten thousand turns that share its common words', () => {
  const texts = talk(10_000)
  texts[4_321] = 'The harbour keeps its violin in locker 88.'
  const index = createRecallIndex()
  for (const turn of toTurns(texts.map(user))) index.add(turn)
  const found = index.search('In which locker is the violin of the harbour?', { budgetTokens: 300 })
  expect(found.map((turn) => turn.message.content)).toContain(texts[4_321])
})
