import { describe, expect, test } from 'vitest'
import type { Answer } from '../model/answer.ts'
import type { AnswerRequest, AnswerStore } from '../store/answer-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every answer store keeps to. */
export function describeAnswerStore(name: string, open: OpenStore<AnswerStore>): void {
  const run = (work: (store: AnswerStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: accepting`, () => {
    test('a new answer is waiting', () =>
      run(async (store) => {
        const traceParent = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), sentAtMs: 7 }
        const kept = { conversationId: 'c', idempotencyKey: 'k', traceParent }
        const request = { ...asked('a'), ...kept }
        const accepted = await store.create(request)
        expect(accepted).toEqual({
          record: { ...request, state: 'waiting', run: 0, startTag: 0 },
          created: true,
          clock: 0,
        })
        expect(await store.get('a')).toEqual(accepted.record)
        expect(await store.get('b')).toBeUndefined()
      }))

    test('a known key returns the first answer', () =>
      run(async (store) => {
        const first = await store.create({ ...asked('a'), idempotencyKey: 'k' })
        const again = await store.create({ ...asked('b'), idempotencyKey: 'k' })
        expect(again).toEqual({ record: first.record, created: false, clock: 0 })
        expect(await store.get('b')).toBeUndefined()
      }))

    test('the order of keys in the input is no difference', () =>
      run(async (store) => {
        await store.create({ ...asked('a'), idempotencyKey: 'k', input: { x: 1, y: [2] } })
        const again = await store.create({
          ...asked('b'),
          idempotencyKey: 'k',
          input: { y: [2], x: 1 },
        })
        expect(again.record.id).toBe('a')
      }))

    test('a known key with another input conflicts', () =>
      run(async (store) => {
        await store.create({ ...asked('a'), idempotencyKey: 'k', input: 1 })
        const other = store.create({ ...asked('b'), idempotencyKey: 'k', input: 2 })
        await expect(other).rejects.toMatchObject({
          code: 'IDEMPOTENCY_CONFLICT',
          data: { key: 'k', answerId: 'a' },
        })
      }))

    test('a key counts within its pipeline', () =>
      run(async (store) => {
        await store.create({ ...asked('a'), idempotencyKey: 'k' })
        const other = await store.create({ ...asked('b'), pipeline: 'two', idempotencyKey: 'k' })
        expect(other.created).toBe(true)
      }))

    test('the same id is accepted once', () =>
      run(async (store) => {
        await store.create(asked('a'))
        expect((await store.create(asked('a'))).created).toBe(false)
        const other = store.create({ ...asked('a'), input: 'other' })
        await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
      }))

    test('parallel requests of one key make one answer', () =>
      run(async (store) => {
        const requests = ['a', 'b', 'c'].map((id) =>
          store.create({ ...asked(id), idempotencyKey: 'k' }),
        )
        const results = await Promise.all(requests)
        expect(results.filter((result) => result.created)).toHaveLength(1)
        expect(new Set(results.map((result) => result.record.id)).size).toBe(1)
      }))

    test('an input that is not JSON is refused', () =>
      run(async (store) => {
        const refused = store.create({ ...asked('a'), input: undefined as never })
        await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }))
  })

  describe(`${name}: runs`, () => {
    test('runs are numbered from 1', () =>
      run(async (store) => {
        await store.create(asked('a'))
        expect(await store.startRun('a')).toBe(1)
        expect(await store.get('a')).toMatchObject({ state: 'active', run: 1 })
        expect(await store.startRun('a')).toBe(2)
      }))

    test('a completed answer holds its result', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        await store.finish('a', number, { state: 'completed', answer, finishedAtMs: 7.5 })
        const record = await store.get('a')
        expect(record?.answer).toEqual(answer)
        expect(record).toMatchObject({ state: 'completed', finishedAtMs: 7.5 })
      }))

    test('a failed answer holds its error', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        const error = { code: 'NO_ANSWER', message: 'No model answered.' }
        await store.finish('a', number, { state: 'failed', error, finishedAtMs: 7 })
        const record = await store.get('a')
        expect(record).toMatchObject({ state: 'failed', error, finishedAtMs: 7 })
        expect(record).not.toHaveProperty('answer')
      }))

    test('a run that was replaced may not write', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const old = await store.startRun('a')
        const current = await store.startRun('a')
        const refusal = { code: 'STALE_RUN', data: { answerId: 'a', run: old, current } }
        await expect(store.finish('a', old, completed)).rejects.toMatchObject(refusal)
        await expect(store.putStep('a', old, 's', 1)).rejects.toMatchObject(refusal)
        await expect(store.putStep('a', current + 1, 's', 1)).rejects.toMatchObject({
          code: 'STALE_RUN',
        })
        expect((await store.get('a'))?.state).toBe('active')
        expect(await store.getStep('a', 's')).toBeUndefined()
      }))

    test('an answer ends exactly once', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        await store.finish('a', number, completed)
        const failed = {
          state: 'failed',
          error: { code: 'X', message: 'x' },
          finishedAtMs: 9,
        } as const
        await expect(store.finish('a', number, failed)).rejects.toMatchObject({
          code: 'STALE_RUN',
        })
        expect(await store.cancel('a')).toBe(false)
        expect(await store.get('a')).toMatchObject({ state: 'completed', finishedAtMs: 8 })
      }))

    test('a cancelled answer cannot be finished', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        expect(await store.cancel('a')).toBe(true)
        expect(await store.cancel('a')).toBe(false)
        await expect(store.finish('a', number, completed)).rejects.toMatchObject({
          code: 'STALE_RUN',
        })
        const record = await store.get('a')
        expect(record?.state).toBe('cancelled')
        expect(record?.finishedAtMs).toBeTypeOf('number')
      }))

    test('a run does not reopen an ended answer', () =>
      run(async (store) => {
        await store.create(asked('a'))
        await store.cancel('a')
        expect(await store.startRun('a')).toBe(1)
        expect((await store.get('a'))?.state).toBe('cancelled')
        await expect(store.finish('a', 1, completed)).rejects.toMatchObject({ code: 'STALE_RUN' })
      }))

    test('an unknown answer is not found', () =>
      run(async (store) => {
        const refusal = { code: 'NOT_FOUND', data: { kind: 'answer', id: 'x' } }
        await expect(store.startRun('x')).rejects.toMatchObject(refusal)
        await expect(store.finish('x', 1, completed)).rejects.toMatchObject(refusal)
        await expect(store.cancel('x')).rejects.toMatchObject(refusal)
        await expect(store.putStep('x', 1, 's', 1)).rejects.toMatchObject(refusal)
      }))
  })

  describe(`${name}: waiting again`, () => {
    test('a failure is forgotten, its input and steps stay', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        await store.putStep('a', number, 's', 1)
        await store.finish('a', number, failed)
        expect(await store.requeue('a', number)).toBe(true)
        expect(await store.get('a')).toEqual({
          ...asked('a'),
          state: 'waiting',
          run: number,
          startTag: 0,
        })
        expect(await store.getStep('a', 's')).toEqual({ value: 1 })
        await store.finish('a', await store.startRun('a'), completed)
        expect(await store.get('a')).toMatchObject({ state: 'completed', run: 2 })
      }))

    test('a run that was put off waits', () =>
      run(async (store) => {
        await store.create(asked('a'))
        expect(await store.requeue('a', await store.startRun('a'))).toBe(true)
        expect((await store.get('a'))?.state).toBe('waiting')
      }))

    test('an older run puts nothing off', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const old = await store.startRun('a')
        await store.startRun('a')
        await expect(store.requeue('a', old)).rejects.toMatchObject({ code: 'STALE_RUN' })
        expect((await store.get('a'))?.state).toBe('active')
      }))

    test('an answer and a cancellation stand', () =>
      run(async (store) => {
        for (const id of ['a', 'b']) await store.create(asked(id))
        await store.finish('a', await store.startRun('a'), completed)
        await store.cancel('b')
        expect(await store.requeue('a', 1)).toBe(false)
        expect(await store.requeue('b', 0)).toBe(false)
        expect((await store.get('a'))?.state).toBe('completed')
      }))
  })

  describe(`${name}: turns`, () => {
    const tagOf = async (store: AnswerStore, id: string, lane: Lane) =>
      (await store.create({ ...asked(id), ...lane })).record.startTag

    test('a tenant gets one tag after the other', () =>
      run(async (store) => {
        for (const tag of [0, 1, 2])
          expect(await tagOf(store, `a${tag}`, { tenant: 'x' })).toBe(tag)
        expect(await tagOf(store, 'b', { tenant: 'y' })).toBe(0)
        expect(await tagOf(store, 'c', {})).toBe(0)
      }))

    test('who comes late begins at the clock', () =>
      run(async (store) => {
        for (const index of [0, 1, 2, 3]) await tagOf(store, `a${index}`, { tenant: 'x' })
        await store.startRun('a2')
        await store.startRun('a0')
        const late = await store.create({ ...asked('b'), tenant: 'y' })
        expect(late).toMatchObject({ clock: 2, record: { startTag: 2, tenant: 'y' } })
        expect(await tagOf(store, 'c', { tenant: 'x' })).toBe(4)
      }))

    test('what is cancelled before it was begun takes no turn', () =>
      run(async (store) => {
        for (const index of [0, 1, 2, 3]) await tagOf(store, `a${index}`, { tenant: 'x' })
        await tagOf(store, 'b', {})
        await store.startRun('a0')
        for (const id of ['a0', 'a2', 'a3', 'b']) await store.cancel(id)
        await store.cancel('a3')
        expect(await tagOf(store, 'a4', { tenant: 'x' })).toBe(2)
        expect(await tagOf(store, 'c', {})).toBe(0)
      }))

    test('priorities have clocks of their own', () =>
      run(async (store) => {
        for (const index of [0, 1]) await tagOf(store, `a${index}`, { tenant: 'x' })
        await store.startRun('a1')
        const other = await store.create({ ...asked('b'), tenant: 'x', priority: 3 })
        expect(other).toMatchObject({ clock: 0, record: { startTag: 0, priority: 3 } })
      }))

    test('parallel requests of a tenant share no tag', () =>
      run(async (store) => {
        const ids = Array.from({ length: 20 }, (_, index) => `a${index}`)
        const tags = await Promise.all(ids.map((id) => tagOf(store, id, { tenant: 'x' })))
        expect(tags.toSorted((one, other) => one - other)).toEqual(ids.map((_, index) => index))
      }))

    test('a priority that is no whole number is refused', () =>
      run(async (store) => {
        for (const priority of [-1, 0.5, Number.NaN]) {
          const refused = store.create({ ...asked('a'), priority })
          await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        }
      }))
  })

  describe(`${name}: steps`, () => {
    test('a checkpoint outlives its run', () =>
      run(async (store) => {
        await store.create(asked('a'))
        await store.create(asked('b'))
        await store.putStep('a', await store.startRun('a'), 'look up', { rate: [1, null] })
        await store.startRun('a')
        expect(await store.getStep('a', 'look up')).toEqual({ value: { rate: [1, null] } })
        expect(await store.getStep('a', 'another')).toBeUndefined()
        expect(await store.getStep('b', 'look up')).toBeUndefined()
      }))

    test('null is a result too', () =>
      run(async (store) => {
        await store.create(asked('a'))
        await store.putStep('a', await store.startRun('a'), 's', null)
        expect(await store.getStep('a', 's')).toEqual({ value: null })
      }))

    test('a newer checkpoint replaces the older', () =>
      run(async (store) => {
        await store.create(asked('a'))
        await store.putStep('a', await store.startRun('a'), 's', 1)
        await store.putStep('a', await store.startRun('a'), 's', 2)
        expect(await store.getStep('a', 's')).toEqual({ value: 2 })
      }))
  })

  describe(`${name}: deleting`, () => {
    test('a deleted answer is gone with its steps', () =>
      run(async (store) => {
        await store.create({ ...asked('a'), idempotencyKey: 'k' })
        await store.putStep('a', await store.startRun('a'), 's', 1)
        expect(await store.delete('a')).toBe(true)
        expect(await store.get('a')).toBeUndefined()
        expect(await store.getStep('a', 's')).toBeUndefined()
        expect(await store.delete('a')).toBe(false)
        expect((await store.create({ ...asked('b'), idempotencyKey: 'k' })).created).toBe(true)
      }))

    test('what a run of a deleted answer writes is refused', () =>
      run(async (store) => {
        await store.create(asked('a'))
        const number = await store.startRun('a')
        await store.delete('a')
        await expect(store.finish('a', number, completed)).rejects.toMatchObject({
          code: 'NOT_FOUND',
        })
        await expect(store.putStep('a', number, 's', 1)).rejects.toMatchObject({
          code: 'NOT_FOUND',
        })
      }))
  })

  describe(`${name}: list`, () => {
    test('lists newest first up to a limit', () =>
      run(async (store) => {
        for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) {
          await store.create({ ...asked(id), createdAtMs: [10, 30, 20, 20][index] ?? 0 })
        }
        expect(await idsOf(store, {})).toEqual(['b', 'd', 'c', 'a'])
        expect(await idsOf(store, { limit: 2 })).toEqual(['b', 'd'])
        expect(await idsOf(store, { limit: 0 })).toEqual([])
      }))

    test('lists what passes every filter', () =>
      run(async (store) => {
        await store.create({ ...asked('a'), pipeline: 'one', conversationId: 'c' })
        await store.create({ ...asked('b'), pipeline: 'two', conversationId: 'c' })
        await store.create({ ...asked('c'), pipeline: 'one' })
        await store.startRun('a')
        expect(await idsOf(store, { pipeline: 'one' })).toEqual(['c', 'a'])
        expect(await idsOf(store, { conversationId: 'c' })).toEqual(['b', 'a'])
        expect(await idsOf(store, { state: 'waiting' })).toEqual(['c', 'b'])
        expect(await idsOf(store, { pipeline: 'one', conversationId: 'c' })).toEqual(['a'])
        expect(await idsOf(store, { pipeline: 'two', state: 'active' })).toEqual([])
      }))

    test('lists the answers of a thread', () =>
      run(async (store) => {
        const origin = { thread: 't', facts: { items: [1] } }
        await store.create({ ...asked('a'), origin })
        await store.create({ ...asked('b'), origin: { facts: {} } })
        await store.create({ ...asked('c'), pipeline: 'two', origin })
        expect(await idsOf(store, { thread: 't' })).toEqual(['c', 'a'])
        expect(await idsOf(store, { thread: 't', pipeline: 'one' })).toEqual(['a'])
        expect((await store.get('a'))?.origin).toEqual(origin)
        expect((await store.get('b'))?.origin).toEqual({ facts: {} })
      }))

    test('lists what was open at a time or later', () =>
      run(async (store) => {
        for (const id of ['waiting', 'active', 'ended', 'cancelled', 'long ago']) {
          await store.create({ ...asked(id), conversationId: 'c' })
        }
        await store.startRun('active')
        await store.finish('ended', await store.startRun('ended'), completed)
        const before = { ...completed, finishedAtMs: 7 }
        await store.finish('long ago', await store.startRun('long ago'), before)
        await store.cancel('cancelled')
        const open = await idsOf(store, { conversationId: 'c', openSinceMs: 8 })
        expect(open.toSorted()).toEqual(['active', 'cancelled', 'ended', 'waiting'])
        expect(await idsOf(store, { conversationId: 'd', openSinceMs: 8 })).toEqual([])
      }))

    test('fifty are listed by default', () =>
      run(async (store) => {
        for (let index = 0; index < 51; index++) await store.create(asked(`a${index}`))
        expect(await store.list({})).toHaveLength(50)
      }))
  })
}

const answer: Answer = {
  id: 'a',
  pipeline: 'one',
  value: { reply: 'Yes, tonight.' },
  source: 'primary',
  degraded: false,
  model: { provider: 'rehearsal', id: 'small', rehearsal: true },
  usage: { inputTokens: 10, outputTokens: 4 },
  costUsd: undefined,
  attempts: [],
  mended: [],
  warnings: [],
  traceId: '0'.repeat(32),
  latencyMs: 12.5,
}

type Lane = Pick<AnswerRequest, 'tenant' | 'priority'>

const failed = {
  state: 'failed',
  error: { code: 'NO_ANSWER', message: 'No model answered.' },
  finishedAtMs: 8,
} as const

const completed = { state: 'completed', answer, finishedAtMs: 8 } as const

function asked(id: string): AnswerRequest {
  return { id, pipeline: 'one', input: { message: 'hello' }, createdAtMs: 1_767_225_600_000.5 }
}

async function idsOf(
  store: AnswerStore,
  filter: Parameters<AnswerStore['list']>[0],
): Promise<string[]> {
  const records = await store.list(filter)
  return records.map((record) => record.id)
}
