import { describe, expect, test } from 'vitest'
import type { NewPrecomputed } from '../store/precomputed-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'
import type { WholeStore } from './whole-store-contract.ts'

/** What every store of precomputed answers keeps to, beside the answers that they are. */
export function describePrecomputedStore(name: string, open: OpenStore<WholeStore>): void {
  const run = (work: (store: WholeStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: beginning an answer ahead`, () => {
    test('a key that is not there is begun', () =>
      run(async ({ precomputed }) => {
        const entry = ahead('a', { conversationId: 'c' })
        expect(await precomputed.begin(entry)).toEqual({
          entry: { ...entry, state: undefined },
          created: true,
        })
      }))

    test.each(['waiting', 'active', 'completed'])('one that is %s comes back', (state) =>
      run(async (store) => {
        await begin(store, 'a')
        await bring(store, 'a', state)
        const again = await store.precomputed.begin(ahead('b', { madeAtMs: 500 }))
        expect(again).toMatchObject({ created: false, entry: { answerId: 'a', state } })
      }),
    )

    test.each(['failed', 'cancelled'])('one that has %s is begun anew', (state) =>
      run(async (store) => {
        await begin(store, 'a')
        await bring(store, 'a', state)
        expect(await store.precomputed.begin(ahead('b'))).toMatchObject({ created: true })
      }),
    )

    test('one that is no longer fresh is begun anew', () =>
      run(async (store) => {
        await begin(store, 'a')
        await bring(store, 'a', 'completed')
        const later = ahead('b', { madeAtMs: 1_000 })
        expect(await store.precomputed.begin(later)).toMatchObject({ created: true })
      }))

    test('a note without its answer counts for ten seconds', () =>
      run(async ({ precomputed }) => {
        const long = { freshUntilMs: 60_000, staleUntilMs: 60_000 }
        await precomputed.begin(ahead('a', long))
        const soon = ahead('b', { ...long, madeAtMs: 9_999 })
        expect(await precomputed.begin(soon)).toMatchObject({ created: false })
        const late = ahead('b', { ...long, madeAtMs: 10_001 })
        expect(await precomputed.begin(late)).toMatchObject({ created: true })
      }))

    test('of many at once one begins', () =>
      run(async ({ precomputed }) => {
        const ids = ['a', 'b', 'c', 'd', 'e']
        const results = await Promise.all(ids.map((id) => precomputed.begin(ahead(id))))
        expect(results.filter((result) => result.created)).toHaveLength(1)
        expect(new Set(results.map((result) => result.entry.answerId)).size).toBe(1)
      }))

    test('a key counts within its pipeline', () =>
      run(async (store) => {
        await begin(store, 'a')
        const other = ahead('b', { pipeline: 'two' })
        expect(await store.precomputed.begin(other)).toMatchObject({ created: true })
      }))
  })

  describe(`${name}: finding an answer made ahead`, () => {
    test('it is found until it is stale', () =>
      run(async (store) => {
        await begin(store, 'a')
        await bring(store, 'a', 'completed')
        const found = { answerId: 'a', state: 'completed', freshUntilMs: 1_000 }
        expect(await store.precomputed.find('one', 'key', 1_999)).toMatchObject(found)
        expect(await store.precomputed.find('one', 'key', 2_000)).toBeUndefined()
        expect(await store.precomputed.find('one', 'other', 1)).toBeUndefined()
        expect(await store.precomputed.find('two', 'key', 1)).toBeUndefined()
      }))

    test('a whole one comes before one that is being made', () =>
      run(async (store) => {
        await begin(store, 'old', { freshUntilMs: 100, staleUntilMs: 500 })
        await bring(store, 'old', 'completed')
        await begin(store, 'new', { madeAtMs: 200 })
        await bring(store, 'new', 'active')
        const at = (nowMs: number) => store.precomputed.find('one', 'key', nowMs)
        expect(await at(300)).toMatchObject({ answerId: 'old' })
        expect(await at(600)).toMatchObject({ answerId: 'new', state: 'active' })
      }))

    test.each(['failed', 'cancelled'])('one that has %s is not found', (state) =>
      run(async (store) => {
        await begin(store, 'a')
        await bring(store, 'a', state)
        expect(await store.precomputed.find('one', 'key', 1)).toBeUndefined()
      }),
    )
  })

  test(`${name}: the tally counts what was of use`, () =>
    run(async ({ precomputed }) => {
      const add = (id: string, more: Partial<NewPrecomputed>) =>
        precomputed.begin(ahead(id, { key: id, ...more }))
      await add('a', {})
      await add('b', {})
      await add('c', { rule: 'schedule', staleUntilMs: 9_000 })
      await add('d', { pipeline: 'two' })
      await precomputed.settle('a', { tokens: 100, costUsd: 0.5 })
      await precomputed.settle('b', { tokens: 40, costUsd: undefined })
      await precomputed.markUsed('a', 700)
      await precomputed.markUsed('a', 300)
      const filter = { pipeline: 'one', sinceMs: 0, nowMs: 5_000 }
      expect(await precomputed.tally(filter)).toEqual([
        {
          rule: 'after',
          made: 2,
          used: 1,
          decided: 2,
          tokens: { spent: 140, used: 100 },
          costUsd: { spent: 0.5, used: 0.5 },
          savedMs: 1_000,
        },
        { ...nothing, rule: 'schedule', made: 1 },
      ])
      expect(await precomputed.tally({ ...filter, pipeline: 'two' })).toHaveLength(1)
      expect(await precomputed.tally({ ...filter, sinceMs: 1 })).toEqual([])
    }))

  describe(`${name}: steps that follow one another`, () => {
    test('are counted by session', () =>
      run(async ({ precomputed }) => {
        const walk = async (session: string, ...steps: string[]) => {
          for (const [index, step] of steps.entries()) {
            await precomputed.noteStep({ pipeline: 'one', session, step, atMs: index })
          }
        }
        await walk('s1', 'start', 'fees', 'start', 'fees')
        await walk('s2', 'start', 'fees')
        await walk('s3', 'start', 'limits', 'limits')
        expect(await precomputed.followingSteps('one', 'start')).toEqual([
          { step: 'fees', sessions: 2, of: 3 },
          { step: 'limits', sessions: 1, of: 3 },
        ])
        expect(await precomputed.followingSteps('one', 'limits')).toEqual([])
        expect(await precomputed.followingSteps('two', 'start')).toEqual([])
      }))

    test('are forgotten after thirty days', () =>
      run(async ({ precomputed }) => {
        const note = (session: string, step: string, atMs: number) =>
          precomputed.noteStep({ pipeline: 'one', session, step, atMs })
        await note('s1', 'start', 0)
        await note('s1', 'fees', 1)
        await note('s2', 'start', 31 * 24 * 3_600_000)
        expect(await precomputed.followingSteps('one', 'start')).toEqual([])
      }))
  })

  test(`${name}: a deleted conversation takes them along`, () =>
    run(async (store) => {
      await store.precomputed.begin(ahead('pre_a', { conversationId: 'c' }))
      const request = { id: 'pre_a', pipeline: 'one', input: 'hello', createdAtMs: 0 }
      await store.answers.create({ ...request, conversationId: 'c' })
      expect(await store.answers.list({ conversationId: 'c' })).toEqual([])
      expect(await store.answers.list({ conversationId: 'c', ahead: true })).toHaveLength(1)
      const run = await store.answers.startRun('pre_a')
      await store.events.append([
        { answerId: 'pre_a', run, events: [{ type: 'text-delta', text: 's' }] },
      ])
      const report = await store.conversations.deleteConversation('c')
      expect(report).toMatchObject({ precomputed: 1, answers: 1, events: 1 })
      expect(await store.precomputed.find('one', 'key', 1)).toBeUndefined()
      expect(await store.answers.get('pre_a')).toBeUndefined()
      const late = {
        answerId: 'pre_a',
        run,
        events: [{ type: 'text-delta', text: 'late' } as const],
      }
      expect(await store.events.append([late])).toMatchObject([{ ok: false }])
    }))
}

const nothing = {
  used: 0,
  decided: 0,
  tokens: { spent: 0, used: 0 },
  costUsd: { spent: 0, used: 0 },
  savedMs: 0,
}

function ahead(answerId: string, more: Partial<NewPrecomputed> = {}): NewPrecomputed {
  return {
    answerId,
    pipeline: 'one',
    rule: 'after',
    key: 'key',
    madeAtMs: 0,
    freshUntilMs: 1_000,
    staleUntilMs: 2_000,
    ...more,
  }
}

/** Begins an answer ahead and accepts it. */
async function begin(
  { precomputed, answers }: WholeStore,
  answerId: string,
  more: Partial<NewPrecomputed> = {},
): Promise<void> {
  const { created } = await precomputed.begin(ahead(answerId, more))
  expect(created).toBe(true)
  await answers.create({ id: answerId, pipeline: 'one', input: 'hello', createdAtMs: 0 })
}

async function bring({ answers }: WholeStore, answerId: string, state: string): Promise<void> {
  if (state === 'waiting') return
  const run = await answers.startRun(answerId)
  if (state === 'cancelled') await answers.cancel(answerId)
  if (state === 'failed') {
    const error = { code: 'NO_ANSWER', message: 'none' }
    await answers.finish(answerId, run, { state, error, finishedAtMs: 1 })
  }
  if (state !== 'completed') return
  const answer = {
    id: answerId,
    pipeline: 'one',
    value: 'made ahead',
    source: 'primary',
    degraded: false,
    model: { provider: 'p', id: 'm' },
    usage: { inputTokens: 1, outputTokens: 1 },
    costUsd: undefined,
    attempts: [],
    mended: [],
    warnings: [],
    traceId: 't',
    latencyMs: 1,
  } as const
  await answers.finish(answerId, run, { state, answer, finishedAtMs: 1 })
}
