import { beforeAll, describe, expect, it } from 'vitest'
import { isHoldfastError } from '../base/errors.ts'
import type { Summary, Turn } from '../model/conversation.ts'
import type { Message, ToolCall } from '../model/message.ts'
import { buildContext } from './build-context.ts'
import { createRandom, say, toMemory, toTurns } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'
import { brokenRules } from './provider-rules.fixture.ts'
import { createRecallIndex } from './recall-index.ts'
import { createTokenCalibration } from './token-calibration.ts'

beforeAll(loadTokenizer)

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })
const calling = (...calls: ToolCall[]): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: calls,
})
const result = (toolCallId: string, content: string): Message => ({
  role: 'tool',
  toolCallId,
  toolName: 'find',
  content,
})
const call = (id: string): ToolCall => ({ id, name: 'find', arguments: '{}' })

function chat(count: number): Message[] {
  const random = createRandom(2)
  return Array.from({ length: count }, (_, at) =>
    at % 2 === 0 ? user(say(random, 30)) : assistant(say(random, 30)),
  )
}

function summaryOf(toSeq: number, text: string): Summary {
  return { fromSeq: 1, toSeq, text, tokens: countTokens(text), createdAtMs: 0, writtenBy: 'test' }
}

const pin = (text: string) => ({ key: text, text, tokens: countTokens(text) })

describe('buildContext', () => {
  it('shows a short conversation whole', () => {
    const turns = toTurns(chat(6))
    const built = buildContext(toMemory(turns), 4_000, { system: 'Be brief.', user: [user('So?')] })
    expect(built.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      ...turns.map((turn) => turn.message),
      user('So?'),
    ])
    expect(built.left).toEqual([])
    expect(built.epoch.fromSeq).toBe(1)
  })

  it('begins a conversation with nothing but the message', () => {
    const built = buildContext(toMemory([]), 500, { user: [user('Hello')] })
    expect(built.messages).toEqual([user('Hello')])
    expect(built.ledger.total).toBeLessThan(20)
  })

  it('stands in the order that caches like best', () => {
    const memory = toMemory(toTurns(chat(300)), {
      pins: [pin('The berth is 12.')],
      historySummary: summaryOf(250, 'Facts:\n- Ana paid.'),
      workingState: { value: { step: 'payment' }, version: 1 },
    })
    const index = createRecallIndex()
    for (const turn of memory.recentTurns) index.add(turn)
    const built = buildContext(memory, 2_000, {
      system: 'Be brief.',
      outputInstruction: 'Answer in JSON.',
      project: (state) => `step: ${state.step}`,
      recall: index.search,
      user: [user('Which harbour invoice was refunded?')],
    })
    const [head] = built.messages
    expect(head?.content).toMatch(
      /^Be brief\.\n\nAnswer in JSON\.\n\nWhat always holds:\n- The berth is 12\.\n\nSummary of messages 1 to 250 .*\nFacts:\n- Ana paid\.$/,
    )
    expect(built.messages.at(-2)?.content).toMatch(
      /^Excerpts from earlier[\s\S]*\n\nCurrent state:\nstep: payment$/,
    )
    expect(built.messages.at(-1)?.content).toBe('Which harbour invoice was refunded?')
    expect(built.prefixLength).toBe(built.messages.length - 2)
    for (const section of [
      'system',
      'pins',
      'summary',
      'recalled',
      'recent',
      'state',
      'user',
    ] as const) {
      expect([section, built.ledger[section] > 0]).toEqual([section, true])
    }
  })

  it('says what it left out', () => {
    const built = buildContext(toMemory(toTurns(chat(200))), 1_000, { user: [user('So?')] })
    const toSeq = built.epoch.fromSeq - 1
    expect(built.left).toEqual([{ kind: 'older-turns', turns: toSeq, fromSeq: 1, toSeq }])
  })

  it('sets the output to what is truly left', () => {
    const options = { user: [user('Hello')] }
    const free = buildContext(toMemory([]), 1_000, options)
    expect(free.maxOutputTokens).toBe(1_000 - free.ledger.total)
    expect(
      buildContext(toMemory([]), 1_000, { ...options, maxOutputTokens: 50 }).maxOutputTokens,
    ).toBe(50)
  })

  it('says what is needed where the least does not fit', () => {
    const memory = toMemory(toTurns(chat(20)), { pins: [pin(say(createRandom(1), 900))] })
    const build = () => buildContext(memory, 500, { user: [user('Hello')] })
    expect(build).toThrow(/The smallest context needs \d+ tokens \(system \d+, pins \d+, tools 0/)
    try {
      build()
    } catch (error) {
      if (!isHoldfastError(error, 'CONTEXT_OVERFLOW')) throw error
      expect(error.data.availableTokens).toBe(400)
      expect(error.data.neededTokens).toBeGreaterThan(400)
    }
  })

  it.each([
    ['tokenBudget', 0, {}],
    ['tokenBudget', 10.5, {}],
    ['reserve', 1_000, { reserve: 1 }],
    ['reserve', 1_000, { reserve: Number.NaN }],
  ])('refuses a %s that cannot work', (option, tokenBudget, options) => {
    expect(() =>
      buildContext(toMemory([]), tokenBudget, { user: [user('x')], ...options }),
    ).toThrow(new RegExp(`^${option} is `))
  })

  it('makes room for the margin of a model that counts otherwise', () => {
    const turns = toTurns(chat(300))
    const options = { user: [user('So?')] }
    const exact = buildContext(toMemory(turns), 2_000, options)
    const calibration = createTokenCalibration('claude-haiku-4-5')
    const careful = buildContext(toMemory(turns), 2_000, { ...options, calibration })
    expect(careful.epoch.fromSeq).toBeGreaterThan(exact.epoch.fromSeq)
    const { count, overhead } = careful.counted
    const most = calibration.estimate(count, overhead) * (1 + calibration.margin())
    expect(careful.ledger.total).toBeGreaterThanOrEqual(Math.floor(most))
    expect(careful.ledger.total).toBeLessThanOrEqual(1_600)
  })

  it('takes turns that were found elsewhere', () => {
    const turns = toTurns(chat(200))
    const found = turns.slice(3, 6)
    const built = buildContext(toMemory(turns), 1_500, { user: [user('So?')], recalled: found })
    for (const turn of found) expect(built.messages.at(-2)?.content).toContain(turn.message.content)
  })

  it('keeps the newest tool calls with their results', () => {
    const turns = toTurns([user('Find it.'), calling(call('a'), call('b')), result('a', 'here')])
    const built = buildContext(toMemory(turns), 1_000, { user: [result('b', 'there')] })
    expect(built.messages).toEqual([...turns.map((turn) => turn.message), result('b', 'there')])
  })

  it('lets older results of the newest turn give way before it refuses it', () => {
    const long = say(createRandom(3), 900)
    const asked = [
      user('Find both.'),
      calling(call('a')),
      result('a', long),
      calling(call('b')),
      result('b', 'there'),
    ]
    const built = buildContext(toMemory([]), 900, { user: asked })
    expect(built.messages[2]?.content).toMatch(/^\[Result of \d+ tokens left out/)
    expect(built.left[0]?.kind).toBe('tool-result')
    expect(brokenRules(built.messages)).toEqual([])
  })

  it('replaces long results of older calls by a note when the window is cut', () => {
    const long = say(createRandom(3), 900)
    const old = [user('Find it.'), calling(call('a')), result('a', long), assistant('Found.')]
    const turns = toTurns([...chat(60), ...old, ...chat(4)])
    const built = buildContext(toMemory(turns), 1_600, { user: [user('So?')] })
    const note = built.messages.find((message) => message.role === 'tool')
    expect(note?.content).toMatch(/^\[Result of \d+ tokens left out\. Call the tool again/)
    expect(built.left.map((left) => left.kind)).toContain('tool-result')
  })

  it('puts an opening in front of an assistant that speaks first', () => {
    const turns = toTurns([assistant('Welcome!'), user('Hi'), assistant('What can I do?')])
    const built = buildContext(toMemory(turns), 1_000, { user: [user('Nothing.')] })
    expect(brokenRules(built.messages)).toEqual([])
    expect(built.messages.slice(1)).toEqual([
      ...turns.map((turn) => turn.message),
      user('Nothing.'),
    ])
  })
})

describe('an epoch', () => {
  let turns: readonly Turn[] = []
  const index = createRecallIndex()
  beforeAll(() => {
    turns = toTurns(chat(400))
    for (const turn of turns) index.add(turn)
  })
  const build = (count: number, part: object = {}, text = 'Which harbour invoice was it?') =>
    buildContext(toMemory(turns.slice(0, count)), 3_000, {
      system: 'Be brief.',
      user: [user(text)],
      recall: index.search,
      ...part,
    })

  it('lasts until the window is full, and is then cut in one step', () => {
    let { epoch } = build(200)
    const starts: number[] = []
    for (let count = 202; count < 400; count += 2) {
      epoch = build(count, { epoch }).epoch
      starts.push(epoch.fromSeq)
    }
    const cuts = starts.filter((start, at) => at > 0 && start !== starts[at - 1])
    expect(new Set(starts).size).toBe(cuts.length + 1)
    expect(cuts.length).toBeLessThan(starts.length / 6)
  })

  it('gives recall all the room once and an allowance after that', () => {
    const first = build(200)
    expect(first.ledger.recalled).toBeGreaterThan(1_000)
    let { epoch } = first
    const spent: number[] = []
    for (let count = 202; count < 220; count += 2) {
      const built = build(count, { epoch })
      epoch = built.epoch
      spent.push(built.ledger.recalled)
    }
    const whole = spent.reduce((sum, tokens) => sum + tokens, 0)
    expect(whole).toBeLessThanOrEqual(0.06 * 3_000 * spent.length)
  })

  it('saves the allowance of remarks for the question that comes', () => {
    let { epoch } = build(200)
    for (let count = 202; count < 220; count += 2) {
      const built = build(count, { epoch }, 'Fine, the kettle is green.')
      expect(built.ledger.recalled).toBeLessThanOrEqual(0.02 * 3_000)
      epoch = built.epoch
    }
    expect(build(220, { epoch }).ledger.recalled).toBeGreaterThan(0.15 * 3_000)
  })

  it('keeps its summary until a newer one closes a gap or the window is cut', () => {
    const summary = (toSeq: number) => ({
      historySummary: summaryOf(toSeq, `Facts:\n- up to ${toSeq}`),
    })
    const at = (count: number, toSeq: number, epoch?: object) =>
      buildContext(toMemory(turns.slice(0, count), summary(toSeq)), 3_000, {
        user: [user('So?')],
        ...(epoch && { epoch: epoch as ReturnType<typeof build>['epoch'] }),
      })
    const first = at(200, 300)
    expect(first.messages[0]?.content).toContain('up to 300')
    expect(at(202, 310, first.epoch).messages[0]?.content).toContain('up to 300')
    const gap = at(200, 20)
    expect(at(202, 150, gap.epoch).messages[0]?.content).toContain('up to 150')
  })

  it('is begun anew where it does not fit what is remembered', () => {
    const far = { fromSeq: 3, elideBeforeSeq: 0, allowance: 0 }
    expect(build(200, { epoch: far }).epoch.fromSeq).toBeGreaterThan(3)
    const other = { fromSeq: 9_999, elideBeforeSeq: 0, allowance: 0 }
    expect(build(200, { epoch: other }).epoch.fromSeq).toBeLessThanOrEqual(200)
  })

  it('survives a round trip through JSON', () => {
    const { epoch } = build(200)
    const again = JSON.parse(JSON.stringify(epoch))
    expect(build(202, { epoch: again })).toEqual(build(202, { epoch }))
  })
})
