import { describe, expect, test } from 'vitest'
import type { AnswerStore } from '../store/answer-store.ts'
import type { CheckStore } from '../store/check-store.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { EventStore } from '../store/event-store.ts'
import type { PrecomputedStore } from '../store/precomputed-store.ts'
import type { TicketStore } from '../store/ticket-store.ts'
import type { TraceStore } from '../store/trace-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** The stores of one database. */
export interface WholeStore {
  readonly conversations: ConversationStore
  readonly answers: AnswerStore
  readonly events: EventStore
  readonly traces: TraceStore
  readonly precomputed: PrecomputedStore
  readonly tickets: TicketStore
  readonly checks: CheckStore
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

    test('a deleted answer loses its events and gets no more', () =>
      run(async ({ answers, events }) => {
        await answers.create(asked('a'))
        const worker = await answers.startRun('a')
        await events.append([{ answerId: 'a', run: worker, events: [delta('before')] }])
        await answers.delete('a')
        const late = await events.append([{ answerId: 'a', run: worker, events: [delta('late')] }])
        expect(late).toMatchObject([{ ok: false }])
        expect(await events.read('a', 0)).toEqual([])
      }))
  })
}

function asked(id: string) {
  return { id, pipeline: 'one', input: 'hello', createdAtMs: 1 }
}

function delta(text: string) {
  return { type: 'text-delta', text } as const
}
