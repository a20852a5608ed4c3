import { describe, expect, it } from 'vitest'
import { createEventLog } from '../live/event-log.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { AnswerRecord } from '../store/answer-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { answerEntries } from './answer-entries.ts'

const delta: AnswerEvent = { type: 'text-delta', text: 'Hel' }
const error = { code: 'NO_ANSWER', message: 'None.' }

async function open(events: readonly AnswerEvent[], ended: boolean) {
  const clock = createFakeClock()
  const { answers, events: store } = openMemoryStore({ clock })
  await answers.create({ id: 'a', pipeline: 'p', input: 1, createdAtMs: 1 })
  const run = await answers.startRun('a')
  if (events.length > 0) await store.append([{ answerId: 'a', run, events }])
  if (ended) await answers.finish('a', run, { state: 'failed', error, finishedAtMs: 5 })
  const record = (await answers.get('a')) as AnswerRecord
  const app = { events: createEventLog({ store, clock }) }
  const gone = new AbortController()
  const read = async () => {
    const seen: string[] = []
    for await (const lot of answerEntries(app, clock, record, gone.signal)) {
      seen.push(...lot.map(({ event }) => event.type))
    }
    return seen
  }
  return { clock, read, gone }
}

describe('the entries of an answer', () => {
  it('end with the last event of the log', async () => {
    const { read } = await open([delta, { type: 'answer-failed', error }], true)
    expect(await read()).toEqual(['text-delta', 'answer-failed'])
  })

  it.each([[[delta]], [[]]])('end with the record where the log does not', async (events) => {
    const { clock, read } = await open(events, true)
    const entries = read()
    await clock.advance(2_000)
    expect(await entries).toEqual([...events.map(({ type }) => type), 'answer-failed'])
  })

  it('are waited for while the answer is made', async () => {
    const { clock, read, gone } = await open([delta], false)
    const entries = read()
    await clock.advance(60_000)
    gone.abort(new Error('gone'))
    await expect(entries).rejects.toThrow('gone')
  })
})
