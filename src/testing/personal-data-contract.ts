import { describe, expect, test } from 'vitest'
import { conversationKey } from '../model/conversation.ts'
import { type OpenStore, withStore } from './opened-store.ts'
import { traceOf } from './trace-store-contract.ts'
import type { WholeStore } from './whole-store-contract.ts'

/** What a person may ask of the stores of one database: to be forgotten, and to be given what is there. */
export function describePersonalData(name: string, open: OpenStore<WholeStore>): void {
  const run = (work: (store: WholeStore) => Promise<void>) => withStore(open, work)

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
          precomputed: 0,
          steps: 1,
          events: 2,
          traces: 2,
          owners: 1,
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

  describe(`${name}: traces under a key`, () => {
    test.each(['gen_ai.conversation.id', 'holdfast.conversation.key'])('%s finds them', (mark) =>
      run(async ({ conversations, traces }) => {
        const id = 'jane.doe@example.com'
        await traces.save(traceOf('a', { attributes: { [mark]: conversationKey(id) } }))
        await traces.save(traceOf('b', { attributes: { [mark]: conversationKey('another') } }))
        expect((await conversations.exportConversation(id)).traceIds).toEqual(['a'])
        expect(await conversations.deleteConversation(id)).toMatchObject({ traces: 1 })
        expect((await traces.list({})).map((trace) => trace.traceId)).toEqual(['b'])
      }),
    )

    test('a replaced trace leaves its conversation', () =>
      run(async ({ conversations, traces }) => {
        await traces.save(traceOf('a', { attributes: { 'gen_ai.conversation.id': 'c' } }))
        await traces.save(traceOf('a', { attributes: { 'gen_ai.conversation.id': 'd' } }))
        expect(await conversations.deleteConversation('c')).toMatchObject({ traces: 0 })
        expect(await conversations.deleteConversation('d')).toMatchObject({ traces: 1 })
      }))
  })

  describe(`${name}: owners`, () => {
    test('deleting a user deletes all that is theirs', () =>
      run(async (store) => {
        for (const id of ['c', 'd', 'e']) await fill(store, id)
        await store.conversations.setOwner('d', 'user c')
        expect(await store.conversations.deleteUser('user c')).toEqual({
          turns: 2,
          summaries: 2,
          pins: 2,
          workingStates: 2,
          idempotencyKeys: 2,
          answers: 4,
          precomputed: 0,
          steps: 2,
          events: 4,
          traces: 4,
          owners: 2,
        })
        for (const id of ['c', 'd']) {
          expect(await store.conversations.exportConversation(id)).toEqual(nothingOf(id))
          const late = { answerId: `${id}-active`, run: 1, events: [delta('late')] }
          expect(await store.events.append([late])).toMatchObject([{ ok: false }])
        }
        expect((await store.conversations.exportConversation('e')).turns).toHaveLength(1)
      }))

    test('a user without conversations has nothing deleted', () =>
      run(async (store) => {
        await fill(store, 'c')
        const report = await store.conversations.deleteUser('nobody')
        expect(Object.keys(report)).toContain('turns')
        expect(Object.values(report).every((count) => count === 0)).toBe(true)
        expect((await store.conversations.readMemory('c', 1)).totalTurns).toBe(1)
      }))

    test('the newest owner counts', () =>
      run(async ({ conversations }) => {
        await conversations.append('c', [said('1')], { userId: 'guest' })
        await conversations.append('c', [said('2')])
        expect((await conversations.exportConversation('c')).userId).toBe('guest')
        await conversations.append('c', [said('3')], { userId: 'jane' })
        expect(await conversations.deleteUser('guest')).toMatchObject({ turns: 0, owners: 0 })
        expect(await conversations.deleteUser('jane')).toMatchObject({ turns: 3, owners: 1 })
      }))

    test('a conversation has an owner before its first turn', () =>
      run(async ({ conversations }) => {
        await conversations.setOwner('c', 'jane')
        await conversations.setOwner('c', 'jane')
        await conversations.setPin('c', 'p', { text: 'secret', tokens })
        expect((await conversations.readMemory('c', 1)).totalTurns).toBe(0)
        expect(await conversations.deleteUser('jane')).toMatchObject({ pins: 1, owners: 1 })
        expect(await conversations.exportConversation('c')).toEqual(nothingOf('c'))
      }))

    test('answers are listed by the owner of their conversation', () =>
      run(async ({ conversations, answers }) => {
        await answers.create({ ...asked('a'), conversationId: 'c' })
        await answers.create({ ...asked('b'), conversationId: 'd' })
        await answers.create(asked('without'))
        await conversations.setOwner('c', 'guest')
        await conversations.setOwner('d', 'jane')
        const idsOf = async (userId: string) =>
          (await answers.list({ userId })).map(({ id }) => id).toSorted()
        expect(await idsOf('guest')).toEqual(['a'])
        await conversations.setOwner('c', 'jane')
        expect(await idsOf('guest')).toEqual([])
        expect(await idsOf('jane')).toEqual(['a', 'b'])
        expect((await answers.list({ userId: 'jane', state: 'active' })).length).toBe(0)
      }))

    test('a deleted conversation has no owner', () =>
      run(async ({ conversations }) => {
        expect(await conversations.ownerOf('c')).toBeUndefined()
        await conversations.append('c', [said('1')], { userId: 'jane' })
        expect(await conversations.ownerOf('c')).toBe('jane')
        await conversations.deleteConversation('c')
        await conversations.append('c', [said('2')])
        expect(await conversations.ownerOf('c')).toBeUndefined()
        expect(await conversations.deleteUser('jane')).toMatchObject({ turns: 0, owners: 0 })
      }))

    test('a repeated append changes no owner', () =>
      run(async ({ conversations }) => {
        await conversations.append('c', [said('1')], { idempotencyKey: 'k', userId: 'jane' })
        await conversations.append('c', [said('1')], { idempotencyKey: 'k', userId: 'other' })
        expect((await conversations.exportConversation('c')).userId).toBe('jane')
      }))
  })

  describe(`${name}: export`, () => {
    test('holds all that is derived from a conversation', () =>
      run(async (store) => {
        await fill(store, 'c')
        await fill(store, 'd')
        const exported = await store.conversations.exportConversation('c')
        expect(exported).toEqual({
          conversationId: 'c',
          userId: 'user c',
          turns: await store.conversations.readTurns('c'),
          summaries: [expect.objectContaining({ fromSeq: 1, toSeq: 1, text: 'a secret' })],
          pins: [{ key: 'p', text: 'secret', tokens }],
          workingState: { value: { secret: true }, version: 1 },
          answers: [await store.answers.get('c-active'), await store.answers.get('c-waiting')],
          traceIds: ['c-root', 'c-span'],
        })
        expect(JSON.parse(JSON.stringify(exported))).toEqual(exported)
      }))

    test('holds more turns than one read', () =>
      run(async ({ conversations }) => {
        const turns = Array.from({ length: 1_001 }, (_, index) => said(String(index)))
        await conversations.append('c', turns)
        expect((await conversations.exportConversation('c')).turns).toHaveLength(1_001)
      }))

    test('an unknown conversation is an empty one', () =>
      run(async ({ conversations }) => {
        expect(await conversations.exportConversation('c')).toEqual(nothingOf('c'))
      }))
  })
}

const tokens = { ascii: 1, other: 0 }

function said(content: string) {
  return { message: { role: 'user', content }, createdAtMs: 1, tokens } as const
}

function nothingOf(conversationId: string) {
  return {
    conversationId,
    turns: [],
    summaries: [],
    pins: [],
    workingState: { value: {}, version: 0 },
    answers: [],
    traceIds: [],
  }
}

/** One row or two of every kind that belongs to the conversation, and a trace that does not. */
async function fill(store: WholeStore, conversationId: string): Promise<void> {
  const { conversations, answers, events, traces } = store
  const message = { role: 'user', content: 'my secret' } as const
  await conversations.append(conversationId, [{ message, createdAtMs: 1, tokens }], {
    idempotencyKey: 'k',
    userId: `user ${conversationId}`,
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
