import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Turn } from '../model/conversation.ts'
import type { Message, ToolDefinition } from '../model/message.ts'
import { type BuiltContext, buildContext } from './build-context.ts'
import type { ContextOptions } from './context-options.ts'
import { createRandom, randomTurns, say, toMemory, toTurns } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'
import type { ContextEpoch } from './epoch.ts'
import { brokenRules } from './provider-rules.fixture.ts'
import { createRecallIndex } from './recall-index.ts'
import { countTools, overheadOf, requestOverhead, toolsOverhead } from './request-overhead.ts'
import { sumTokens } from './token-count.ts'

beforeAll(loadTokenizer)

const system = 'You help the crew of a small harbour with parcels and invoices.'
const pins = [
  { key: 'berth', text: 'The berth is number 12, always.', tokens: { ascii: 9, other: 0 } },
]
const tools: ToolDefinition[] = [
  { name: 'lookup', description: 'Finds a parcel.', parameters: { type: 'object' } },
]
const canary = 'CANARY-7f3a'
const workingState = { value: { secret: canary, shown: 'berth 12' }, version: 3 }

/** The input as a provider would count it, from the messages alone. */
function recount(messages: readonly Message[], withTools: readonly ToolDefinition[]): number {
  const said = messages.map((message) => {
    const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : []
    const texts = [message.content, ...calls.flatMap((call) => [call.name, call.arguments])]
    return texts.reduce((sum, text) => sum + sumTokens(countTokens(text)), overheadOf(message))
  })
  const tooling = withTools.length > 0 ? sumTokens(countTools(withTools)) : 0
  return said.reduce(
    (sum, tokens) => sum + tokens,
    requestOverhead + tooling + toolsOverhead(withTools),
  )
}

interface Built {
  readonly context: BuiltContext
  readonly before: readonly Turn[]
  readonly message: Message
}

/** Builds the contexts of a conversation at each of its user turns from the 10th on, every `step`-th. */
function* contextsOf(
  turns: readonly Turn[],
  tokenBudget: number,
  options: Partial<ContextOptions> & { readonly step?: number },
): Generator<Built> {
  const index = createRecallIndex()
  let epoch = options.epoch
  let due = 0
  for (const turn of turns) {
    const { message } = turn
    if (turn.seq >= 10 && message.role === 'user' && message.content !== '' && due-- <= 0) {
      due = (options.step ?? 1) - 1
      const before = turns.slice(0, turn.seq - 1)
      const memory = toMemory(before, { pins, workingState })
      const context = buildContext(memory, tokenBudget, {
        recall: index.search,
        ...options,
        user: [message],
        epoch,
      })
      epoch = context.epoch
      yield { context, before, message }
    }
    index.add(turn)
  }
}

const anyConversation = fc.record({
  seed: fc.integer(),
  turns: fc.integer({ min: 12, max: 160 }),
  tokenBudget: fc.integer({ min: 500, max: 6_000 }),
  reserve: fc.double({ min: 0, max: 0.5, noNaN: true }),
})

describe('buildContext over random conversations', () => {
  it('keeps budget, rules, bytes and order of every context', () => {
    fc.assert(
      fc.property(anyConversation, ({ seed, turns, tokenBudget, reserve }) => {
        const options = { system, tools, reserve, step: 5 }
        for (const built of contextsOf(randomTurns(seed, turns), tokenBudget, options)) {
          expectWithinBudget(built.context, tokenBudget)
          expect(brokenRules(built.context.messages)).toEqual([])
          expectVerbatim(built)
          expectFixed(built.context)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('keeps them over two thousand turns', () => {
    const options = { system, tools, step: 20 }
    for (const built of contextsOf(randomTurns(7, 2_000), 4_000, options)) {
      expectWithinBudget(built.context, 4_000)
      expect(brokenRules(built.context.messages)).toEqual([])
      expectVerbatim(built)
      expectFixed(built.context)
    }
  })

  it('lets nothing of the working state out but what is projected', () => {
    fc.assert(
      fc.property(anyConversation, ({ seed, turns, tokenBudget }) => {
        const said = randomTurns(seed, turns)
        for (const { context } of contextsOf(said, tokenBudget, { step: 12 })) {
          expect(JSON.stringify(context)).not.toContain(canary)
        }
        const project = (state: { readonly shown?: unknown }) => String(state.shown)
        for (const { context } of contextsOf(said, tokenBudget, { project, step: 12 })) {
          expect(JSON.stringify(context)).not.toContain(canary)
          expect(context.messages.at(-2)?.content).toContain('berth 12')
        }
      }),
      { numRuns: 8 },
    )
  })

  it('begins a request with the head of the one before until the window is cut', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        let last: BuiltContext | undefined
        for (const { context } of contextsOf(randomTurns(seed, 120), 3_000, { system })) {
          if (last && sameEpoch(context.epoch, last.epoch)) {
            const head = last.messages.slice(0, last.prefixLength)
            expect(context.messages.slice(0, last.prefixLength)).toEqual(head)
          }
          last = context
        }
      }),
      { numRuns: 8 },
    )
  })

  it('gives the same context for the same arguments', () => {
    fc.assert(
      fc.property(anyConversation, ({ seed, turns, tokenBudget }) => {
        const once = [...contextsOf(randomTurns(seed, turns), tokenBudget, { step: 20 })]
        const again = [...contextsOf(randomTurns(seed, turns), tokenBudget, { step: 20 })]
        expect(again).toEqual(once)
      }),
      { numRuns: 5 },
    )
  })
})

function expectWithinBudget(
  { messages, ledger, maxOutputTokens }: BuiltContext,
  tokenBudget: number,
) {
  const { total, budget, reserve, ...sections } = ledger
  expect(recount(messages, tools)).toBeLessThanOrEqual(total)
  expect(total).toBeLessThanOrEqual(tokenBudget - reserve)
  expect(Object.values(sections).reduce((sum, tokens) => sum + tokens, 0)).toBe(total)
  expect(maxOutputTokens).toBe(budget - total)
}

/** What always has to be there: the system prompt and the pins, byte for byte. */
function expectFixed({ messages }: BuiltContext) {
  const [first] = messages
  expect(first?.role).toBe('system')
  for (const text of [system, ...pins.map((pin) => pin.text)])
    expect(first?.content).toContain(text)
}

/** Every turn from the window's first on is there as it was said, unless it is reported as changed. */
function expectVerbatim({ context, before, message }: Built) {
  const changed = new Set(context.left.map((left) => left.fromSeq))
  const due = before.filter(
    (turn) =>
      turn.seq >= context.epoch.fromSeq && turn.message.role !== 'tool' && !changed.has(turn.seq),
  )
  const shown = context.messages.slice(0, context.prefixLength)
  const places = due.map((turn) => shown.indexOf(turn.message))
  expect(places).not.toContain(-1)
  expect(places).toEqual(places.toSorted((one, other) => one - other))
  expect(context.messages.at(-1)).toBe(message)
}

const sameEpoch = (one: ContextEpoch, other: ContextEpoch) =>
  one.fromSeq === other.fromSeq && one.elideBeforeSeq === other.elideBeforeSeq

describe('the prompt cache', () => {
  /** A chat in which now and then something from long ago is asked for. */
  function chat(seed: number, count: number): Turn[] {
    const random = createRandom(seed)
    const messages = Array.from({ length: count }, (_, at): Message => {
      if (at % 2 === 1) return { role: 'assistant', content: say(random, 70) }
      return {
        role: 'user',
        content: random() < 0.4 ? `What about ${say(random, 12)}?` : say(random, 30),
      }
    })
    return toTurns(messages)
  }

  it('finds four fifths of each request as it was, recall included', () => {
    const text = (context: BuiltContext) =>
      context.messages.map((message) => `${message.role}\n${message.content}\n`).join('')
    const shares: number[] = []
    for (const seed of [1, 2]) {
      let last = ''
      for (const { context } of contextsOf(chat(seed, 300), 4_000, { system: system.repeat(25) })) {
        const now = text(context)
        if (last !== '') shares.push(commonPrefix(last, now) / now.length)
        last = now
      }
    }
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.8)
  })
})

function commonPrefix(one: string, other: string): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}
