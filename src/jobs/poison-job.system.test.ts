import { expect, it } from 'vitest'
import { HoldfastError } from '../base/errors.ts'
import { answer, ended, request, setUpJobs } from './answer-jobs.fixture.ts'

// In real time: the back-off between five tries comes to some six seconds.
it('a job that never gets through ends as failed, with its input kept, and can be retried', async () => {
  let runs = 0
  const { store, start } = await setUpJobs(async () => {
    if (++runs <= 5) throw new HoldfastError('STORE_UNAVAILABLE', 'Away.', { location: 'x' })
    return answer
  })
  const jobs = await start()
  await jobs.enqueue(request('ans_1'), {})
  expect(await ended(store, 'ans_1')).toMatchObject({
    state: 'failed',
    input: request('').input,
    error: { code: 'JOB_FAILED', message: 'The job was given up: Away.' },
  })
  expect(runs).toBe(5)
  expect((await jobs.counts()).failed).toBe(1)
  expect(await jobs.retry('ans_1')).toBe(true)
  expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed' })
  expect((await jobs.counts()).failed).toBe(0)
})
