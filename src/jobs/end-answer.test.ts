import { expect, it } from 'vitest'
import { HoldfastError } from '../base/errors.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { cancelAnswer, type EventSink } from './end-answer.ts'

it('ends the log of a cancelled answer whose worker has begun a run meanwhile', async () => {
  const clock = createFakeClock()
  const { answers } = openMemoryStore({ clock })
  await answers.create({ id: 'ans_1', pipeline: 'triage', input: {}, createdAtMs: clock.now() })
  const log: AnswerEvent[] = []
  let newest = 0
  const openEvents = (answerId: string, run: number): EventSink => {
    newest = run
    const written = async () => {
      if (run === newest) return
      throw new HoldfastError('STALE_RUN', 'Too late.', { answerId, run, current: newest })
    }
    return {
      async append(event) {
        // The worker comes between the number of the cancellation and its event, once.
        if (run === 1) newest = await answers.startRun(answerId)
        if (run === newest) log.push(event)
      },
      flush: written,
      // A writer that was refused says so at every later call.
      close: written,
    }
  }
  const hasEnded = async () => log.length > 0
  expect(await cancelAnswer('ans_1', { answers, clock, openEvents, hasEnded })).toBe(true)
  expect(log).toMatchObject([{ type: 'answer-failed', error: { code: 'CANCELLED' } }])
  expect((await answers.get('ans_1'))?.run).toBe(3)
  expect(await cancelAnswer('ans_1', { answers, clock, openEvents, hasEnded })).toBe(false)
})
