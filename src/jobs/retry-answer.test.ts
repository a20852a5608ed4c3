import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../base/errors.ts'
import { answer, ended, readEvents, request, setUpJobs } from './answer-jobs.fixture.ts'

const nobody = new HoldfastError('NO_ANSWER', 'Nobody.', { attempts: 1, lastReason: 'network' })

describe('a failed answer', () => {
  it('is made again from its input and with its whole deadline', async () => {
    const begun: { input: unknown; deadlineMs: number | undefined }[] = []
    const { store, start } = await setUpJobs(async (_pipeline, input, { deadlineMs }) => {
      begun.push({ input, deadlineMs })
      if (begun.length === 1) throw nobody
      return answer
    })
    const jobs = await start({ remainingMs: (_pipeline, sinceMs) => sinceMs })
    await jobs.enqueue(request('ans_1'), {})
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'failed' })
    const before = await readEvents(store, 'ans_1')
    expect(await jobs.retry('ans_1')).toBe(true)
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed', run: 2 })
    const [first, second] = begun
    expect(second?.input).toEqual(first?.input)
    expect(first?.deadlineMs).toBe(request('').createdAtMs)
    expect(second?.deadlineMs).toBeGreaterThan(1_000_000)
    // Whoever had followed to the failure goes on from its number.
    const after = await readEvents(store, 'ans_1')
    expect(after.slice(0, before.length).at(-1)).toMatchObject({ type: 'reset' })
    expect(after.at(-1)).toMatchObject({ type: 'answer-finished' })
  })

  it('can be tried again until an answer comes', async () => {
    let runs = 0
    const { store, start } = await setUpJobs(async () => {
      if (++runs < 4) throw nobody
      return answer
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    while ((await ended(store, 'ans_1'))?.state === 'failed') await jobs.retry('ans_1')
    expect(runs).toBe(4)
  })

  it('is made by the next process where this one dies before its job', async () => {
    let runs = 0
    const { store, start } = await setUpJobs(async () => {
      if (++runs === 1) throw nobody
      return answer
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    const failed = await ended(store, 'ans_1')
    await jobs.close()
    await store.events.reopen('ans_1')
    await store.answers.requeue('ans_1', failed?.run ?? 0)
    // What retry would have done next is to replace the job: the old one, completed, stands in the way.
    await start()
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed' })
  })

  it('is not made again when it has not failed', async () => {
    const { store, start } = await setUpJobs(async () => answer)
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    await ended(store, 'ans_1')
    expect(await jobs.retry('ans_1')).toBe(false)
    await expect(jobs.retry('ans_2')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
