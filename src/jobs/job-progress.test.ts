import { expect, it } from 'vitest'
import { answer, ended, request, setUpJobs } from './answer-jobs.fixture.ts'

it('a job tells any process the step it is at', async () => {
  const atSecond = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const { store, start } = await setUpJobs(async (_pipeline, _input, { emit }) => {
    await emit({ type: 'step-started', step: 'outline' })
    await emit({ type: 'step-finished', step: 'outline', durationMs: 1 })
    await emit({ type: 'step-started', step: 'sections' })
    atSecond.resolve()
    await release.promise
    return answer
  })
  await start()
  const other = await start({ concurrency: 0 })
  expect(await other.progress('ans_1')).toBeUndefined()
  await other.enqueue(request('ans_1'), {})
  await atSecond.promise
  expect(await other.progress('ans_1')).toEqual({ step: 'sections', stepsDone: 1 })
  release.resolve()
  await ended(store, 'ans_1')
})
