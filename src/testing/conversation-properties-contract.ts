import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewTurn, Summary } from '../model/conversation.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every conversation store keeps to over `numRuns` random sequences of operations. */
export function describeConversationProperties(
  name: string,
  open: OpenStore<ConversationStore>,
  numRuns: number,
): void {
  describe(`${name}: conversations over random operations`, () => {
    test('the memory equals a plain model of it', () =>
      withStore(open, (store) =>
        fc.assert(
          fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
            const inRun = freshIds()
            const models = new Map<string, Model>()
            for (const { conversationId, ...step } of operations) {
              const id = inRun(conversationId)
              models.set(id, await apply(store, id, models.get(id) ?? emptyModel(), step))
            }
            for (const [id, model] of models) await checkMemory(store, id, model)
          }),
          { numRuns },
        ),
      ))

    test('a history summary claims what its pieces cover', () =>
      withStore(open, (store) =>
        fc.assert(
          fc.asyncProperty(
            fc.array(range, { maxLength: 12 }),
            recentTurns,
            async (ranges, recent) => {
              const id = freshIds()('c')
              await store.append(id, Array(12).fill(said('x')))
              for (const one of ranges) await store.addSummary(id, summaryOf(one))
              const { historySummary } = await store.readMemory(id, recent)
              checkCoverage(ranges, 12 - recent, historySummary)
            },
          ),
          { numRuns },
        ),
      ))
  })
}

let runs = 0

/** Names conversations of one run apart from those of every other: all runs share one store. */
function freshIds(): (conversationId: string) => string {
  const run = ++runs
  return (conversationId) => `${conversationId} ${run}`
}

async function checkMemory(store: ConversationStore, id: string, model: Model): Promise<void> {
  const memory = await store.readMemory(id, 3)
  expect(memory.totalTurns).toBe(model.texts.length)
  expect(memory.recentTurns.map((turn) => turn.message.content)).toEqual(model.texts.slice(-3))
  expect(memory.pins.map((pin) => [pin.key, pin.text])).toEqual([...model.pins])
  expect(memory.workingState).toEqual({
    value: Object.fromEntries(model.state),
    version: model.version,
  })
}

/** The claim has no hole, ends as near to the recent turns as any summary, and cannot reach further back. */
function checkCoverage(
  ranges: readonly Range[],
  lastOlder: number,
  summary: Summary | undefined,
): void {
  const usable = ranges.filter(([from]) => from <= lastOlder)
  if (lastOlder < 1 || usable.length === 0) {
    expect(summary).toBeUndefined()
    return
  }
  if (!summary) throw new Error('no summary was chosen')
  const pieces = summary.text.split('\n\n').map((text): Range => JSON.parse(text))
  for (let seq = summary.fromSeq; seq <= summary.toSeq; seq++) {
    expect(pieces.some(([from, to]) => from <= seq && seq <= to)).toBe(true)
  }
  const nearest = Math.max(...usable.map(([, to]) => Math.min(to, lastOlder)))
  expect(Math.min(summary.toSeq, lastOlder)).toBe(nearest)
  const before = summary.fromSeq - 1
  expect(ranges.some(([from, to]) => from <= before && before <= to)).toBe(false)
}

type Range = readonly [from: number, to: number]

const range = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .map(([one, two]): Range => [Math.min(one, two), Math.max(one, two)])

const recentTurns = fc.integer({ min: 0, max: 12 })

interface Model {
  readonly texts: readonly string[]
  readonly keys: ReadonlySet<string>
  readonly pins: ReadonlyMap<string, string>
  readonly state: ReadonlyMap<string, number>
  readonly version: number
}

const key = fc.constantFrom('a', 'b', 'c')
const conversationId = fc.constantFrom('one', 'two')

const operation = fc.oneof(
  fc.record({
    conversationId,
    kind: fc.constant('append' as const),
    texts: fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
    key: fc.option(key, { nil: undefined }),
  }),
  fc.record({
    conversationId,
    kind: fc.constant('pin' as const),
    key,
    text: fc.option(fc.string()),
  }),
  fc.record({
    conversationId,
    kind: fc.constant('merge' as const),
    key,
    value: fc.option(fc.integer({ min: 0, max: 2 })),
  }),
  fc.record({ conversationId, kind: fc.constant('delete' as const) }),
)

type Step =
  typeof operation extends fc.Arbitrary<infer Operation>
    ? Operation extends unknown
      ? Omit<Operation, 'conversationId'>
      : never
    : never

function emptyModel(): Model {
  return { texts: [], keys: new Set(), pins: new Map(), state: new Map(), version: 0 }
}

/** Does a step on the store and on the model, which is returned as it then is. */
async function apply(
  store: ConversationStore,
  conversationId: string,
  model: Model,
  step: Step,
): Promise<Model> {
  switch (step.kind) {
    case 'append': {
      const options = step.key === undefined ? {} : { idempotencyKey: step.key }
      const { repeated } = await store.append(conversationId, step.texts.map(said), options)
      expect(repeated).toBe(step.key !== undefined && model.keys.has(step.key))
      if (repeated) return model
      const keys = step.key === undefined ? model.keys : new Set([...model.keys, step.key])
      return { ...model, texts: [...model.texts, ...step.texts], keys }
    }
    case 'pin': {
      const pin = step.text === null ? undefined : { text: step.text, tokens }
      await store.setPin(conversationId, step.key, pin)
      return { ...model, pins: withEntry(model.pins, step.key, step.text) }
    }
    case 'merge': {
      await store.mergeState(conversationId, { [step.key]: step.value })
      const same = (model.state.get(step.key) ?? null) === step.value
      return {
        ...model,
        state: withEntry(model.state, step.key, step.value),
        version: model.version + (same ? 0 : 1),
      }
    }
    case 'delete':
      await store.deleteConversation(conversationId)
      return emptyModel()
  }
}

function withEntry<T>(map: ReadonlyMap<string, T>, name: string, value: T | null): Map<string, T> {
  const changed = new Map(map)
  if (value === null) changed.delete(name)
  else changed.set(name, value)
  return changed
}

const tokens = { ascii: 1, other: 0 }

function said(content: string): NewTurn {
  return { message: { role: 'user', content }, createdAtMs: 1, tokens }
}

function summaryOf([fromSeq, toSeq]: Range): Summary {
  const text = JSON.stringify([fromSeq, toSeq])
  return { fromSeq, toSeq, text, tokens, createdAtMs: 1, writtenBy: 'test' }
}
