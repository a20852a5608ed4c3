import { describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import type { RunStart } from '../pipeline/run.ts'
import { answer, ended, readEvents, request, setUpJobs } from './answer-jobs.fixture.ts'
import { giveUp } from './end-answer.ts'
import { createPauses } from './pauses.ts'
import { processAnswer } from './process-answer.ts'

describe('startAnswerJobs', () => {
  it('makes an accepted answer and ends it in the store before its log', async () => {
    const seen: string[] = []
    const { store, start } = await setUpJobs(async (pipeline, input, { emit, runNumber }) => {
      seen.push(`${pipeline} ${JSON.stringify(input)} ${runNumber}`)
      await emit({ type: 'text-delta', text: 'hel' })
      await emit({ type: 'answer-finished', answer })
      return answer
    })
    const jobs = await start()
    expect(await jobs.enqueue(request('ans_1'), {})).toEqual({ answerId: 'ans_1', created: true })
    expect(await ended(store, 'ans_1')).toMatchObject({
      state: 'completed',
      answer: { value: 'hello' },
    })
    expect(seen).toEqual(['greet {"name":"Ada"} 1'])
    const types = (await readEvents(store, 'ans_1')).map(({ type }) => type)
    expect(types).toEqual(['text-delta', 'answer-finished'])
  })

  it('makes an answer once for one idempotency key', async () => {
    let runs = 0
    const { store, start } = await setUpJobs(async () => {
      runs++
      return answer
    })
    const jobs = await start()
    await jobs.enqueue({ ...request('ans_1'), idempotencyKey: 'k' }, {})
    const again = await jobs.enqueue({ ...request('ans_2'), idempotencyKey: 'k' }, {})
    await ended(store, 'ans_1')
    expect(again).toEqual({ answerId: 'ans_1', created: false })
    expect(runs).toBe(1)
  })

  it('ends an answer that nobody could make with its error', async () => {
    const { store, start } = await setUpJobs(async () => {
      throw new HoldfastError('NO_ANSWER', 'Nobody.', { attempts: 2, lastReason: 'network' })
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    const record = await ended(store, 'ans_1')
    expect(record).toMatchObject({
      state: 'failed',
      error: { code: 'NO_ANSWER', message: 'Nobody.' },
    })
  })

  it('keeps what an unexpected error holds from the client', async () => {
    const { store, start } = await setUpJobs(async () => {
      throw new TypeError('secret of the application')
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    const record = await ended(store, 'ans_1')
    expect(record?.error?.code).toBe('INTERNAL')
    expect(JSON.stringify(record)).not.toContain('secret')
  })

  it('tries again when the plumbing failed', async () => {
    const runs: number[] = []
    const { store, start } = await setUpJobs(async (_pipeline, _input, { runNumber }) => {
      runs.push(runNumber)
      if (runs.length === 1)
        throw new HoldfastError('STORE_UNAVAILABLE', 'Away.', { location: 'x' })
      return answer
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed' })
    expect(runs).toEqual([1, 2])
  })

  it('stops a run whose answer is cancelled, and ends its log', async () => {
    const started = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const { store, start } = await setUpJobs((_pipeline, _input, { abortSignal }: RunStart) => {
      started.resolve()
      return new Promise((_resolve, reject) => {
        abortSignal?.addEventListener('abort', () => {
          aborted.resolve()
          reject(abortSignal.reason)
        })
      })
    })
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    await started.promise
    expect(await jobs.cancel('ans_1')).toBe(true)
    await aborted.promise
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'cancelled' })
    expect((await readEvents(store, 'ans_1')).at(-1)).toMatchObject({
      error: { code: 'CANCELLED' },
    })
    expect(await jobs.cancel('ans_1')).toBe(false)
  })

  it('takes up an answer that was accepted before a crash came', async () => {
    const { store, start } = await setUpJobs(async () => answer)
    await store.answers.create(request('ans_1'))
    await start()
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed' })
  })

  it('keeps the trace of an answer whose job a crash took', async () => {
    const traceParent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sentAtMs: 1 }
    const parents: unknown[] = []
    const { store, start } = await setUpJobs(async (_pipeline, _input, run) => {
      parents.push(run.traceParent)
      return answer
    })
    await store.answers.create({ ...request('ans_1'), traceParent })
    await start()
    await ended(store, 'ans_1')
    expect(parents).toEqual([traceParent])
  })

  it('gives a log its end that a crash took, without making the answer again', async () => {
    let runs = 0
    const { store, options } = await setUpJobs(async () => {
      runs++
      return answer
    })
    await store.answers.create(request('ans_1'))
    const run = await store.answers.startRun('ans_1')
    await store.answers.finish('ans_1', run, { state: 'completed', answer, finishedAtMs: 2 })
    await processAnswer({ data: { answerId: 'ans_1' } }, createPauses(systemClock), options)
    await processAnswer({ data: { answerId: 'ans_1' } }, createPauses(systemClock), options)
    expect(await readEvents(store, 'ans_1')).toEqual([{ type: 'answer-finished', answer }])
    expect(runs).toBe(0)
  })

  it('ends an answer whose job was given up, once, with its reason and its input kept', async () => {
    const { store, options } = await setUpJobs(async () => answer)
    await store.answers.create(request('ans_1'))
    await giveUp('ans_1', new Error('stalled too often'), options)
    await giveUp('ans_1', new Error('again'), options)
    expect(await store.answers.get('ans_1')).toMatchObject({
      state: 'failed',
      input: { name: 'Ada' },
      error: { code: 'JOB_FAILED', message: expect.stringContaining('stalled too often') },
    })
    expect((await readEvents(store, 'ans_1')).map(({ type }) => type)).toEqual(['answer-failed'])
  })

  it('only accepts where it does not work', async () => {
    let runs = 0
    const { start } = await setUpJobs(async () => {
      runs++
      return answer
    }, 0)
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    expect((await jobs.counts()).waiting).toBe(1)
    expect(runs).toBe(0)
  })
})
