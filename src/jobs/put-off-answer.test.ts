import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../base/errors.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { RunStart } from '../pipeline/run.ts'
import { answer, ended, request, setUpJobs } from './answer-jobs.fixture.ts'

const tooMuch = (retryAfterMs: number) =>
  new HoldfastError('OVERLOADED', 'Too much.', { retryAfterMs })

describe('an answer whose models take no more', () => {
  it('waits for the time they asked for, more often than there are attempts', async () => {
    const beganAtMs: number[] = []
    const { store, start } = await setUpJobs(async () => {
      beganAtMs.push(performance.now())
      if (beganAtMs.length <= 7) throw tooMuch(30)
      return answer
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed', run: 8 })
    const waits = beganAtMs.slice(1).map((at, index) => at - (beganAtMs[index] ?? 0))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(29)
    expect((await jobs.counts()).failed).toBe(0)
  })

  it('is waiting meanwhile, and can be cancelled', async () => {
    const { store, start, options } = await setUpJobs(async () => {
      throw tooMuch(30_000)
    })
    const waits = Promise.withResolvers<void>()
    const requeue: typeof options.answers.requeue = async (answerId, run) => {
      const done = await options.answers.requeue(answerId, run)
      waits.resolve()
      return done
    }
    const jobs = await start({ answers: { ...options.answers, requeue } })
    await jobs.enqueue(request('ans_1'), {})
    await waits.promise
    expect(await store.answers.get('ans_1')).toMatchObject({ state: 'waiting' })
    expect(await jobs.cancel('ans_1')).toBe(true)
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'cancelled' })
  })

  it('keeps no answer of another pipeline waiting', async () => {
    const begun: string[] = []
    const { store, start } = await setUpJobs(async (pipeline) => {
      begun.push(pipeline)
      if (pipeline === 'greet') throw tooMuch(30_000)
      return answer
    }, 1)
    const jobs = await start()
    for (const id of ['a', 'b', 'c']) await jobs.enqueue(request(id), {})
    await jobs.enqueue({ ...request('d'), pipeline: 'other' }, {})
    expect(await ended(store, 'd')).toMatchObject({ state: 'completed' })
    // One of the three found out; the others were put aside without having been begun.
    expect(begun).toEqual(['greet', 'other'])
    expect(await store.answers.get('b')).toMatchObject({ state: 'waiting', run: 0 })
  })

  it('is told how long it may wait: to its own deadline, counted from its acceptance', async () => {
    const starts: RunStart[] = []
    const { store, start, options } = await setUpJobs(async (_pipeline, _input, runStart) => {
      starts.push(runStart)
      return answer
    })
    const jobs = await start({ remainingMs: () => 5_000 })
    const fromMs = options.clock.now()
    await jobs.enqueue(request('ans_1'), {})
    await ended(store, 'ans_1')
    const [{ latestStartMs = 0, deadlineMs } = {} as RunStart] = starts
    expect(deadlineMs).toBe(5_000)
    expect(latestStartMs).toBeGreaterThanOrEqual(fromMs + 4_000)
    expect(latestStartMs).toBeLessThanOrEqual(options.clock.now() + 4_000)
  })

  it('is begun within a pause that its deadline does not outlast, to degrade in time', async () => {
    const begun: string[] = []
    const { store, start } = await setUpJobs(async (_pipeline, _input, { answerId }) => {
      begun.push(answerId)
      if (answerId === 'a') throw tooMuch(30_000)
      return answer
    }, 1)
    const jobs = await start({ remainingMs: (_pipeline, sinceMs) => sinceMs })
    await jobs.enqueue({ ...request('a'), createdAtMs: 60_000 }, {})
    await jobs.enqueue({ ...request('b'), createdAtMs: 20_000 }, {})
    expect(await ended(store, 'b')).toMatchObject({ state: 'completed' })
    expect(begun).toEqual(['a', 'b'])
  })
})

it('what is begun again is counted', async () => {
  const kinds: unknown[] = []
  const measure = (_name: string, _value: number, labels: object) => {
    if ('kind' in labels) kinds.push(labels.kind)
  }
  let runs = 0
  const { store, start } = await setUpJobs(async () => {
    if (++runs === 1) throw tooMuch(1)
    return answer
  })
  const jobs = await start({ telemetry: { ...silentTelemetry, measure } })
  await jobs.enqueue(request('ans_1'), {})
  await ended(store, 'ans_1')
  expect(kinds).toEqual(['first', 'put-off', 'again'])
})

describe('closing', () => {
  it('hands back what is at work after the grace, at the cost of no attempt', async () => {
    const started = Promise.withResolvers<void>()
    const { store, start } = await setUpJobs(
      (_pipeline, _input, { abortSignal }: RunStart) =>
        new Promise((_resolve, reject) => {
          abortSignal?.addEventListener('abort', () => reject(abortSignal.reason))
          started.resolve()
        }),
    )
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    await started.promise
    await jobs.close(0)
    expect(await store.answers.get('ans_1')).toMatchObject({ state: 'waiting', run: 1 })
    const next = await start({ run: async () => answer })
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed', run: 2 })
    expect((await next.counts()).failed).toBe(0)
  })

  it('lets what is at work end within the grace', async () => {
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const { store, start } = await setUpJobs(async () => {
      started.resolve()
      await release.promise
      return answer
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    await started.promise
    const closed = jobs.close(20_000)
    release.resolve()
    await closed
    expect(await store.answers.get('ans_1')).toMatchObject({ state: 'completed', run: 1 })
  })
})
