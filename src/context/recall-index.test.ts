import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../model/message.ts'
import { createRandom, randomTurns, say, toTurns } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'
import { createRecallIndex, type RecallIndex } from './recall-index.ts'
import { countIntroduction, countRecalled, renderRecalled } from './recalled-text.ts'
import { sumTokens } from './token-count.ts'

beforeAll(loadTokenizer)

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

/** Talk of no matter, with some messages planted after the given numbers of turns. */
function indexWith(
  planted: Readonly<Record<number, readonly Message[]>>,
  count = 400,
): RecallIndex {
  const random = createRandom(11)
  const messages: Message[] = []
  for (let at = 0; at < count; at++) {
    messages.push(at % 2 === 0 ? user(say(random, 25)) : assistant(say(random, 25)))
    messages.push(...(planted[at] ?? []))
  }
  const index = createRecallIndex()
  for (const turn of toTurns(messages)) index.add(turn)
  return index
}

const textsOf = (index: RecallIndex, question: string, budgetTokens = 200) =>
  index.search(question, { budgetTokens }).map((turn) => turn.message.content)

describe('search', () => {
  it('finds a fact by other forms of its words', () => {
    const fact = 'I bought a canoe from my neighbour Pablo.'
    expect(
      textsOf(indexWith({ 40: [user(fact)] }), 'From whom was the canoe purchased?'),
    ).toContain(fact)
  })

  it('finds the answer beside the question that names it', () => {
    const planted = [user('Which colour shall the shutters have?'), assistant('Make them teal.')]
    expect(textsOf(indexWith({ 90: planted }), 'What about the colour of the shutters?')).toContain(
      'Make them teal.',
    )
  })

  it('finds what belongs to a kind', () => {
    const fact = 'On Sundays I play badminton at the old hall.'
    expect(textsOf(indexWith({ 60: [user(fact)] }), 'Which sports do I do?')).toContain(fact)
  })

  it('finds text in scripts without spaces', () => {
    const fact = '我把钥匙放在蓝色抽屉里'
    expect(textsOf(indexWith({ 60: [user(fact)] }), '钥匙在哪里？')).toContain(fact)
  })

  it('prefers what the person asked about has said', () => {
    const said = ['Ana: My allotment grows leeks.', 'Ben: My allotment grows beans.'].map(user)
    const names = Array.from({ length: 6 }, (_, at) =>
      user(`${at % 2 ? 'Ana' : 'Ben'}: Good morning.`),
    )
    const index = indexWith({ 20: names, 50: said })
    const best = (question: string) =>
      index.search(question, { budgetTokens: 400 }).find((turn) => turn.score === 1)
    expect(best("What grows on Ana's allotment?")?.message.content).toBe(said[0]?.content)
    expect(best("What grows on Ben's allotment?")?.message.content).toBe(said[1]?.content)
  })

  it('prefers the time that is asked for', () => {
    const days = toTurns(
      Array.from({ length: 60 }, (_, at) => user(`Report of the harbour, number ${at}.`)),
    ).map((turn, at) => ({ ...turn, createdAtMs: Date.UTC(2025, 0, 1 + at * 5) }))
    const index = createRecallIndex()
    for (const turn of days) index.add(turn)
    const found = index.search('What was in the report of March 2025?', { budgetTokens: 60 })
    expect(found.map((turn) => new Date(turn.createdAtMs).getUTCMonth())).toContain(2)
    expect(new Date(found.at(-1)?.createdAtMs ?? 0).getUTCMonth()).toBeLessThanOrEqual(3)
  })

  it('finds the paragraph of a long answer', () => {
    const filler = 'The weather of the coast is mild and changes little over the year. '.repeat(30)
    const fact = 'The lighthouse keeper keeps the spare key under the third step.'
    const index = indexWith({ 70: [assistant(`${filler}${fact} ${filler}`)] })
    const found = index
      .search('Where is the spare key of the lighthouse?', { budgetTokens: 250 })
      .find((turn) => turn.excerpts)
    expect(found?.excerpts?.join('')).toContain(fact)
    expect(found?.excerpts?.every((excerpt) => found.message.content.includes(excerpt))).toBe(true)
  })

  it('finds what tools were asked and answered', () => {
    const planted: Message[] = [
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: '1', name: 'weigh', arguments: '{"crate":"zebra"}' }],
      },
      { role: 'tool', toolCallId: '1', toolName: 'weigh', content: '37 kilograms' },
    ]
    expect(textsOf(indexWith({ 30: planted }), 'What did the zebra crate weigh?')).toContain(
      '37 kilograms',
    )
  })

  it('keeps its budget as counted again, dates included', () => {
    const index = indexWith({}, 600)
    for (const budgetTokens of [30, 100, 400, 1_500, 4_000]) {
      const found = index.search('Which invoice of the harbour was refunded on Tuesday?', {
        budgetTokens,
      })
      const heading = sumTokens(countIntroduction())
      expect(sumTokens(countTokens(renderRecalled(found)))).toBeLessThanOrEqual(
        budgetTokens + heading,
      )
      expect(sumTokens(countRecalled(found))).toBeLessThanOrEqual(budgetTokens + heading)
    }
  })

  it('leaves out what is shown anyway, and is in order', () => {
    const found = indexWith({}).search('harbour parcel kettle', {
      budgetTokens: 900,
      excludeFromSeq: 150,
    })
    const seqs = found.map((turn) => turn.seq)
    expect(seqs.length).toBeGreaterThan(5)
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other))
    expect(Math.max(...seqs)).toBeLessThan(150)
  })

  it('finds nothing where nothing is asked or known', () => {
    expect(textsOf(indexWith({}), 'And what of it?')).toEqual([])
    expect(textsOf(createRecallIndex(), 'Where is the canoe?')).toEqual([])
  })

  it('finds by meaning where there are vectors', () => {
    const index = createRecallIndex()
    const texts = [
      'The cat sleeps.',
      'Quarterly figures are due.',
      'Feline naps all day.',
      'Rain again.',
    ]
    const vectors = [
      [1, 0],
      [0, 1],
      [0.9, 0.1],
      [-1, 0],
    ]
    toTurns(texts.map(user)).forEach((turn, at) => {
      index.add(turn, vectors[at])
    })
    const found = index.search('kitten', { budgetTokens: 100, vector: [1, 0.05] })
    const best = found.toSorted((one, other) => other.score - one.score).slice(0, 2)
    expect(best.map((turn) => turn.message.content)).toEqual([texts[0], texts[2]])
  })
})

it('fuses by rank what was found by meaning elsewhere, also in a long conversation', () => {
  const fact = 'Our feline naps all day.'
  const index = indexWith({ 40: [user(fact)] }, 3_000)
  const seq = 42
  expect(textsOf(index, 'How is the kitten?')).not.toContain(fact)
  const options = { budgetTokens: 200, nearest: [seq, 99_999] }
  const found = index.search('How is the kitten?', options)
  expect(found.map((turn) => turn.message.content)).toContain(fact)
})

describe('createRecallIndex', () => {
  it('finds every turn by its own words', () => {
    const index = createRecallIndex()
    const turns = randomTurns(5, 200).map((turn) => ({
      ...turn,
      message: user(`${turn.message.content} mark${turn.seq}x`),
    }))
    for (const turn of turns) index.add(turn)
    for (const { seq } of turns) {
      expect(index.has(seq)).toBe(true)
      const found = index.search(`mark${seq}x`, { budgetTokens: 3_000 })
      expect(found.map((turn) => turn.seq)).toContain(seq)
    }
  })

  it('passes over a turn that it has', () => {
    const index = createRecallIndex()
    const [turn] = toTurns([user('A violin in a gearbox.')])
    if (turn) for (const again of [turn, turn]) index.add(again)
    expect(textsOf(index, 'violin')).toHaveLength(1)
    expect(index.lastSeq).toBe(1)
  })

  it('lets go of the oldest beyond its capacity', () => {
    const index = createRecallIndex({ capacity: 2_048 })
    const turns = toTurns(Array.from({ length: 5_000 }, (_, at) => user(`note${at} of the day`)))
    for (const turn of turns) index.add(turn)
    expect(index.has(1)).toBe(false)
    expect(index.has(5_000)).toBe(true)
    expect(textsOf(index, 'note12')).toEqual([])
    expect(textsOf(index, 'note4990')).toContain('note4990 of the day')
  })

  it('gives the same when it is built anew', () => {
    const [first, second] = [createRecallIndex(), createRecallIndex()]
    for (const turn of randomTurns(8, 150)) for (const index of [first, second]) index.add(turn)
    const options = { budgetTokens: 500 }
    expect(second.search('harbour invoice?', options)).toEqual(
      first.search('harbour invoice?', options),
    )
  })
})
