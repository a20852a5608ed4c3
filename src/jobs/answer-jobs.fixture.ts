import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { AnswerRecord } from '../store/answer-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { type AnswerJobs, type AnswerJobsOptions, startAnswerJobs } from './answer-jobs.ts'
import { createQueueEngine } from './queue-engine.ts'

export const answer: Answer = {
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

export const request = (id: string) => ({
  id,
  pipeline: 'greet',
  input: { name: 'Ada' },
  createdAtMs: 1,
})

const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Jobs on a queue in a folder of its own, with a run that the test writes. */
export async function setUpJobs(run: AnswerJobsOptions['run'], concurrency = 2) {
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
    reopenLog: (answerId) => store.events.reopen(answerId),
    hasEnded: async (answerId) => (await readEvents(store, answerId)).some(isEnd),
    onCancelled: () => () => {},
  }
  closers.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = async (changed: Partial<AnswerJobsOptions> = {}): Promise<AnswerJobs> => {
    const jobs = await startAnswerJobs({ ...options, ...changed })
    closers.push(() => jobs.close(0))
    return jobs
  }
  return { store, start, options }
}

type Store = ReturnType<typeof openMemoryStore>

const isEnd = (event: AnswerEvent) =>
  event.type === 'answer-finished' || event.type === 'answer-failed'

export async function readEvents(store: Store, answerId: string): Promise<AnswerEvent[]> {
  return (await store.events.read(answerId, 0)).map(({ event }) => event)
}

/** Resolves when the log of the answer has its last event. */
export function ended(store: Store, answerId: string): Promise<AnswerRecord | undefined> {
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
