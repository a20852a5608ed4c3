import { describe, expect, test } from 'vitest'
import type { AnswerStore } from '../store/answer-store.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { EventStore } from '../store/event-store.ts'
import type { TraceStore } from '../store/trace-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'
import { traceOf } from './trace-store-contract.ts'

/** The four stores of one database. */
export interface WholeStore {
  readonly conversations: ConversationStore
  readonly answers: AnswerStore
  readonly events: EventStore
  readonly traces: TraceStore
}

/** What holds between the stores of one database. */
export function describeWholeStore(name: string, open: OpenStore<WholeStore>): void {
  const run = (work: (store: WholeStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: runs and events`, () => {
    test('a run that began shuts out earlier ones', () =>
      run(async ({ answers, events }) => {
        await answers.create(asked('a'))
        const old = await answers.startRun('a')
        await events.append([{ answerId: 'a', run: old, events: [delta('before')] }])
        const current = await answers.startRun('a')
        const late = await events.append([{ answerId: 'a', run: old, events: [delta('late')] }])
        expect(late).toEqual([{ ok: false, currentRun: current }])
        const next = await events.append([{ answerId: 'a', run: current, events: [delta('on')] }])
        expect(next).toMatchObject([{ ok: true, lastSeq: 2 }])
      }))

    test('a run begun on an ended answer does too', () =>
      run(async ({ answers, events }) => {
        await answers.create(asked('a'))
        const worker = await answers.startRun('a')
        await answers.cancel('a')
        const closing = await answers.startRun('a')
        const outcomes = await events.append([
          { answerId: 'a', run: worker, events: [delta('late')] },
          { answerId: 'a', run: closing, events: [delta('end')] },
        ])
        expect(outcomes).toMatchObject([{ ok: false }, { ok: true, lastSeq: 1 }])
      }))
  })

  describe(`${name}: deletion across stores`, () => {
    test('all that carries the conversation goes', () =>
      run(async (store) => {
        await fill(store, 'c')
        await fill(store, 'd')
        expect(await store.conversations.deleteConversation('c')).toEqual({
          turns: 1,
          summaries: 1,
          pins: 1,
          workingStates: 1,
          idempotencyKeys: 1,
          answers: 2,
          steps: 1,
          events: 2,
          traces: 2,
        })
        expect(await store.answers.list({ conversationId: 'c' })).toEqual([])
        expect(await store.answers.getStep('c-active', 'step')).toBeUndefined()
        expect(await store.events.read('c-active', 0)).toEqual([])
        const traces = await store.traces.list({})
        expect(traces.map((trace) => trace.traceId).sort()).toEqual(['d-root', 'd-span', 'other'])
        expect(await store.events.read('d-active', 0)).toHaveLength(2)
        expect(await store.answers.getStep('d-active', 'step')).toEqual({ value: 'paid for' })
      }))

    test('a run still going on writes no more', () =>
      run(async (store) => {
        await fill(store, 'c')
        await store.conversations.deleteConversation('c')
        const late = { answerId: 'c-active', run: 1, events: [delta('late')] }
        expect(await store.events.append([late])).toEqual([{ ok: false, currentRun: 2 }])
        const notFound = { code: 'NOT_FOUND' }
        await expect(store.answers.putStep('c-active', 1, 's', 1)).rejects.toMatchObject(notFound)
        await expect(store.answers.startRun('c-active')).rejects.toMatchObject(notFound)
        expect(await store.events.read('c-active', 0)).toEqual([])
      }))

    test('a deleted answer frees its key', () =>
      run(async (store) => {
        await fill(store, 'c')
        await store.conversations.deleteConversation('c')
        const request = { ...asked('new'), idempotencyKey: 'c', input: 'another' }
        expect((await store.answers.create(request)).created).toBe(true)
      }))

    test('deleting again finds nothing', () =>
      run(async (store) => {
        await fill(store, 'c')
        await store.conversations.deleteConversation('c')
        const report = await store.conversations.deleteConversation('c')
        expect(Object.values(report).every((count) => count === 0)).toBe(true)
      }))
  })
}

/** One row or two of every kind that belongs to the conversation, and a trace that does not. */
async function fill(store: WholeStore, conversationId: string): Promise<void> {
  const { conversations, answers, events, traces } = store
  const tokens = { ascii: 1, other: 0 }
  const message = { role: 'user', content: 'my secret' } as const
  await conversations.append(conversationId, [{ message, createdAtMs: 1, tokens }], {
    idempotencyKey: 'k',
  })
  await conversations.addSummary(conversationId, {
    fromSeq: 1,
    toSeq: 1,
    text: 'a secret',
    tokens,
    createdAtMs: 1,
    writtenBy: 'extractive',
  })
  await conversations.setPin(conversationId, 'p', { text: 'secret', tokens })
  await conversations.mergeState(conversationId, { secret: true })

  const active = `${conversationId}-active`
  await answers.create({ ...asked(active), conversationId, idempotencyKey: conversationId })
  await answers.create({ ...asked(`${conversationId}-waiting`), conversationId })
  const run = await answers.startRun(active)
  await answers.putStep(active, run, 'step', 'paid for')
  await events.append([{ answerId: active, run, events: [delta('my'), delta('secret')] }])

  const attributes = { 'gen_ai.conversation.id': conversationId }
  await traces.save(traceOf(`${conversationId}-root`, { attributes }))
  const spans = traceOf('span').spans.map((span) => ({ ...span, attributes }))
  await traces.save(traceOf(`${conversationId}-span`, { spans }))
  await traces.save(traceOf('other'))
}

function asked(id: string) {
  return { id, pipeline: 'one', input: 'hello', createdAtMs: 1 }
}

function delta(text: string) {
  return { type: 'text-delta', text } as const
}
