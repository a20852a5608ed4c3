import { describe, expect, test } from 'vitest'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { createBench, triage } from './pipeline.fixture.ts'
import type { Precomputed, PrecomputedAnswers } from './precomputed.ts'

const value = { intent: 'exchange', reply: 'Made ahead.' }
const started = {
  type: 'answer-started',
  answerId: 'pre_1',
  pipeline: 'triage',
  traceId: 't',
} as const
const reply = (text: string): AnswerEvent => ({ type: 'field-delta', path: ['reply'], text })

const made: Answer = {
  id: 'pre_1',
  pipeline: 'triage',
  value,
  source: 'primary',
  degraded: false,
  model: { provider: 'scripted', id: 'scripted-1' },
  usage: { inputTokens: 100, outputTokens: 20 },
  costUsd: 0.01,
  attempts: [],
  mended: [],
  warnings: [],
  traceId: 'trace-of-its-own',
  latencyMs: 900,
}

describe('an answer that was made ahead', () => {
  test('is given without asking a model', async () => {
    const { bench, model, ask, uses } = setUp({ state: 'ready', answer: made })
    const answer = await ask()
    expect(answer).toMatchObject({
      id: 'ans_1',
      value,
      source: 'cache',
      degraded: false,
      precomputed: { answerId: 'pre_1', rule: 'after', ageMs: 5_000, isStale: false, savedMs: 900 },
    })
    expect(answer.usage).toEqual({ inputTokens: 0, outputTokens: 0 })
    expect(model.calls).toHaveLength(0)
    expect(uses).toEqual([900])
    expect(bench.types()).toEqual(['answer-started', 'answer-finished'])
  })

  test('of a fallback stays degraded', async () => {
    const reason = { code: 'overloaded', message: 'busy' } as const
    const answer = { ...made, source: 'fallback', degraded: true, reason } as const
    const { ask } = setUp({ state: 'ready', answer })
    expect(await ask()).toMatchObject({ source: 'cache', degraded: true, reason })
  })

  test('is not looked for by an answer made ahead', async () => {
    const { model, ask } = setUp({ state: 'ready', answer: made })
    expect(await ask({ ahead: true })).toMatchObject({ source: 'primary' })
    expect(model.calls).toHaveLength(1)
  })

  test('that cannot be looked up is made anew', async () => {
    const { bench, ask } = setUp(undefined)
    const precomputed = { ...nothing, find: () => Promise.reject(new Error('store away')) }
    expect(await ask({ precomputed })).toMatchObject({ source: 'primary' })
    expect(bench.clock.pendingTimers).toBe(0)
  })
})

describe('an answer that is being made', () => {
  test('is joined in the middle of its text', async () => {
    const { bench, model, ask, uses } = setUp({
      state: 'running',
      events: lots([{ ...started, run: 1 }, reply('Made ')], [reply('ahead.')], [finished(made)]),
    })
    expect(await ask()).toMatchObject({ source: 'cache', value })
    expect(bench.events.filter(({ type }) => type === 'field-delta')).toEqual([
      reply('Made '),
      reply('ahead.'),
    ])
    expect(bench.types().filter((type) => type === 'answer-started')).toHaveLength(1)
    expect(model.calls).toHaveLength(0)
    expect(uses).toHaveLength(1)
  })

  test('and begun anew takes its text back', async () => {
    const { bench, ask } = setUp({
      state: 'running',
      events: lots(
        [{ ...started, run: 1 }, reply('Made ')],
        [{ ...started, run: 2 }, reply('Again.'), finished(made)],
      ),
    })
    await ask()
    const types = bench.types().filter((type) => type === 'field-delta' || type === 'reset')
    expect(types).toEqual(['field-delta', 'reset', 'field-delta'])
  })

  test('and fails is made by the request itself', async () => {
    const error = { code: 'NO_ANSWER', message: 'none' }
    const { bench, model, ask, uses } = setUp({
      state: 'running',
      events: lots([{ ...started, run: 1 }, reply('Made ')], [{ type: 'answer-failed', error }]),
    })
    expect(await ask()).toMatchObject({ source: 'primary', value: { reply: 'Asked.' } })
    expect(bench.types()).toContain('reset')
    expect(model.calls).toHaveLength(1)
    expect(uses).toEqual([])
  })

  test('and takes half of the time is left alone', async () => {
    const left: unknown[] = []
    const { bench, ask } = setUp({
      state: 'running',
      async *events(signal) {
        yield [reply('Made ')]
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            left.push(signal.reason)
            reject(signal.reason)
          }),
        )
      },
    })
    const answer = ask()
    await bench.clock.advance(3_900)
    expect(left).toHaveLength(0)
    await bench.clock.advance(100)
    expect(await answer).toMatchObject({ source: 'primary', latencyMs: expect.closeTo(3_975, 0) })
    expect(left).toHaveLength(1)
    expect(bench.clock.pendingTimers).toBe(0)
  })
})

describe('an answer made ahead by no model', () => {
  test('comes back with what was spent', async () => {
    const { bench, ask } = setUp(
      undefined,
      says('not JSON', { usage: { inputTokens: 9, outputTokens: 2 } }),
    )
    const answer = await ask({ ahead: true })
    expect(answer).toMatchObject({ source: 'canned', degraded: true, value: null })
    expect(answer.usage.inputTokens).toBe(27)
    expect(bench.types()).toContain('answer-finished')
  })
})

test('an answer that was given has its successors made', async () => {
  const exchanges: unknown[] = []
  const { ask } = setUp(undefined)
  const precomputed: PrecomputedAnswers = {
    ...nothing,
    async answered(input, output) {
      exchanges.push({ input, output })
    },
  }
  await ask({ precomputed })
  await ask({ precomputed, ahead: true })
  expect(exchanges).toEqual([
    { input: { message: 'Hi' }, output: { intent: 'support', reply: 'Asked.' } },
  ])
})

const nothing: PrecomputedAnswers = {
  find: async () => undefined,
  start: async () => [],
  answered: async () => {},
}

type Found = Precomputed extends infer Each
  ? Each extends Precomputed
    ? Omit<Each, 'answerId' | 'rule' | 'madeAtMs' | 'isStale' | 'used'>
    : never
  : never

/** A pipeline that finds this made ahead, and a model that answers where it does not. */
function setUp(found: Found | undefined, script = says('{"intent":"support","reply":"Asked."}')) {
  const bench = createBench()
  const model = scriptedModel({ clock: bench.clock, script })
  const uses: number[] = []
  const finding = {
    answerId: 'pre_1',
    rule: 'after',
    madeAtMs: bench.clock.now() - 5_000,
    isStale: false,
    used: async (savedMs: number) => void uses.push(savedMs),
  }
  const precomputed: PrecomputedAnswers = {
    ...nothing,
    find: async () => found && ({ ...finding, ...found } as Precomputed),
  }
  return {
    bench,
    model,
    uses,
    ask: (options: Parameters<typeof bench.run>[2] = {}) =>
      bench.run(triage([model]), { message: 'Hi' }, { precomputed, ...options }),
  }
}

const finished = (answer: Answer): AnswerEvent => ({ type: 'answer-finished', answer })

function lots(...events: readonly (readonly AnswerEvent[])[]) {
  return async function* () {
    yield* events
  }
}
