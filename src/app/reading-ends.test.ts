import { expect, it } from 'vitest'
import { createEventLog } from '../live/event-log.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { readingEnds } from './reading-ends.ts'

function open() {
  const clock = createFakeClock()
  const { events, answers } = openMemoryStore({ clock })
  const log = createEventLog({ store: readingEnds(events, answers), clock })
  const follow = async (answerId: string, afterSeq = 0) => {
    const all: SequencedEvent[] = []
    for await (const lot of log.subscribe(answerId, { afterSeq })) all.push(...lot)
    return all
  }
  return { clock, events, answers, log, follow }
}

const request = { pipeline: 'p', input: 1, createdAtMs: 1 }

it('an answer whose log has expired still tells its end', async () => {
  const { answers, follow, log } = open()
  await answers.create({ ...request, id: 'a' })
  const error = { code: 'NO_ANSWER', message: 'No model answered.' }
  await answers.finish('a', await answers.startRun('a'), {
    state: 'failed',
    error,
    finishedAtMs: 7,
  })
  expect(await follow('a')).toEqual([{ seq: 1, atMs: 7, event: { type: 'answer-failed', error } }])
  expect(await log.endsAt('a', 1)).toBe(true)
  expect(await follow('a', 1)).toEqual([])
  await expect(follow('a', 9)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('one that was cancelled ends as such', async () => {
  const { answers, follow } = open()
  await answers.create({ ...request, id: 'a' })
  await answers.cancel('a')
  expect(await follow('a')).toMatchObject([{ event: { error: { code: 'CANCELLED' } } }])
})

it('one that is open is waited for', async () => {
  const { answers, events, follow, clock } = open()
  await answers.create({ ...request, id: 'a' })
  const following = follow('a')
  await clock.advance(1_000)
  const event = { type: 'answer-failed', error: { code: 'X', message: 'x' } } as const
  await events.append([{ answerId: 'a', run: 1, events: [event] }])
  expect(await following).toHaveLength(1)
})
