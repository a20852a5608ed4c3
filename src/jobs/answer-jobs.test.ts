import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { RunStart } from '../pipeline/run.ts'
import type { AnswerRecord } from '../store/answer-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { type AnswerJobs, type AnswerJobsOptions, startAnswerJobs } from './answer-jobs.ts'
import { giveUp, processAnswer } from './process-answer.ts'
import { createQueueEngine } from './queue-engine.ts'

const answer: Answer = {
  id: 'ans_1',
  pipeline: 'greet',
  value: 'hello',
  source: 'primary',
  degraded: false,
  model: { provider: 'scripted', id: 'm' },
  usage: { inputTokens: 1, outputTokens: 1 },
  costUsd: 0,
  attempts: [],
  mended: [],
  warnings: [],
  traceId: 't',
  latencyMs: 1,
}

const request = (id: string) => ({ id, pipeline: 'greet', input: { name: 'Ada' }, createdAtMs: 1 })

const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Jobs on a queue in a folder of its own, with a run that the test writes. */
async function setUp(run: AnswerJobsOptions['run'], concurrency = 2) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-jobs-'))
  const store = openMemoryStore()
  const options: AnswerJobsOptions = {
    engine: createQueueEngine(`sqlite:${join(folder, 'queue.db')}`),
    answers: store.answers,
    clock: systemClock,
    telemetry: silentTelemetry,
    concurrency,
    run,
    remainingMs: () => 60_000,
    openEvents: (answerId, runNumber) => ({
      async append(event) {
        const [outcome] = await store.events.append([{ answerId, run: runNumber, events: [event] }])
        if (outcome?.ok) return
        throw new HoldfastError('STALE_RUN', 'Replaced.', { answerId, run: runNumber, current: 0 })
      },
      flush: async () => {},
      close: () => {},
    }),
    hasEnded: async (answerId) => (await readEvents(store, answerId)).some(isEnd),
    onCancelled: () => () => {},
  }
  closers.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = async (): Promise<AnswerJobs> => {
    const jobs = await startAnswerJobs(options)
    closers.push(() => jobs.close(0))
    return jobs
  }
  return { store, start, options }
}

type Store = ReturnType<typeof openMemoryStore>

const isEnd = (event: AnswerEvent) =>
  event.type === 'answer-finished' || event.type === 'answer-failed'

async function readEvents(store: Store, answerId: string): Promise<AnswerEvent[]> {
  return (await store.events.read(answerId, 0)).map(({ event }) => event)
}

/** Resolves when the log of the answer has its last event. */
function ended(store: Store, answerId: string): Promise<AnswerRecord | undefined> {
  return new Promise((resolve, reject) => {
    const look = async () => {
      if (!(await readEvents(store, answerId)).some(isEnd)) return
      stop()
      resolve(await store.answers.get(answerId))
    }
    const stop = store.events.watch(() => void look().catch(reject))
    look().catch(reject)
  })
}

describe('startAnswerJobs', () => {
  it('makes an accepted answer and ends it in the store before its log', async () => {
    const seen: string[] = []
    const { store, start } = await setUp(async (pipeline, input, { emit, runNumber }) => {
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
    const { store, start } = await setUp(async () => {
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
    const { store, start } = await setUp(async () => {
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
    const { store, start } = await setUp(async () => {
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
    const { store, start } = await setUp(async (_pipeline, _input, { runNumber }) => {
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
    const { store, start } = await setUp((_pipeline, _input, { abortSignal }: RunStart) => {
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
    const { store, start } = await setUp(async () => answer)
    await store.answers.create(request('ans_1'))
    await start()
    expect(await ended(store, 'ans_1')).toMatchObject({ state: 'completed' })
  })

  it('keeps the trace of an answer whose job a crash took', async () => {
    const traceParent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sentAtMs: 1 }
    const parents: unknown[] = []
    const { store, start } = await setUp(async (_pipeline, _input, run: RunStart) => {
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
    const { store, options } = await setUp(async () => {
      runs++
      return answer
    })
    await store.answers.create(request('ans_1'))
    const run = await store.answers.startRun('ans_1')
    await store.answers.finish('ans_1', run, { state: 'completed', answer, finishedAtMs: 2 })
    await processAnswer({ answerId: 'ans_1' }, undefined, options)
    await processAnswer({ answerId: 'ans_1' }, undefined, options)
    expect(await readEvents(store, 'ans_1')).toEqual([{ type: 'answer-finished', answer }])
    expect(runs).toBe(0)
  })

  it('ends an answer whose job was given up, once, with its reason and its input kept', async () => {
    const { store, options } = await setUp(async () => answer)
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
    const { start } = await setUp(async () => {
      runs++
      return answer
    }, 0)
    const jobs = await start()
    await jobs.enqueue(request('ans_1'), {})
    expect((await jobs.counts()).waiting).toBe(1)
    expect(runs).toBe(0)
  })
})
