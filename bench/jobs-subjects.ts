import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedisBackend, Queue, Worker } from 'bullmq'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { sleep, systemClock } from '../src/base/clock.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { says, scriptedModel } from '../src/testing/scripted-model.ts'

/** What is measured: something that accepts work, and does it in this process. */
export interface JobsSubject {
  readonly name: string
  /** Settles when the work is accepted, durably. */
  enqueue(job: BenchJob): Promise<void>
  /** Starts to work, where it does not from the beginning. */
  work(): Promise<void>
  close(): Promise<void>
}

export interface BenchJob {
  readonly n: number
  readonly tenant?: string
}

export interface SubjectOptions {
  readonly concurrency: number
  /** Accepts and makes in one application, as a small deployment does. Else nothing is made before `work`. */
  readonly worksAtOnce: boolean
  /** How long the model takes. */
  readonly workMs: number
  begun(n: number): void
  ended(n: number): void
}

/** A kilobyte, as a short question with its context has. */
const text = 'x'.repeat(1_000)

/**
 * Whole enqueued answers: record, job, run through a pipeline with a model that answers from memory, events
 * in the log, end in the store, trace. Store and SQLite queue are files on the disk.
 */
export async function holdfastSubject(
  name: string,
  queue: string | undefined,
  options: SubjectOptions,
): Promise<JobsSubject> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const model = scriptedModel({
    script: [
      ...(options.workMs > 0 ? ([{ type: 'wait', ms: options.workMs }] as const) : []),
      ...says('done'),
    ],
  })
  const answer = definePipeline({
    name: 'answer',
    input: z.object({ n: z.number(), text: z.string() }),
    output: 'text',
    models: [model],
    deadlineMs: 60_000,
    jobDeadlineMs: 3_600_000,
    prompt: ({ input }) => {
      options.begun(input.n)
      return { user: input.text }
    },
    canned: 'none',
  })
  const config = {
    pipelines: { answer },
    data: folder,
    logger: createLogger('silent'),
    ...(queue !== undefined && { queue }),
  }
  const { concurrency, worksAtOnce } = options
  const producer = await createHoldfast({ ...config, concurrency: worksAtOnce ? concurrency : 0 })
  let worker: HoldfastParts | undefined
  return {
    name,
    async enqueue({ n, tenant }) {
      const { answerId } = await producer.answer.enqueue(
        { n, text },
        tenant === undefined ? {} : { tenant },
      )
      void follow(answerId).then(() => options.ended(n))
    },
    async work() {
      if (!worksAtOnce) worker = await createHoldfast({ ...config, concurrency })
    },
    async close() {
      await worker?.close(1_000)
      await producer.close(0)
      rmSync(folder, { recursive: true, force: true })
    },
  }

  async function follow(answerId: string): Promise<void> {
    try {
      for await (const _events of producer.events.subscribe(answerId));
    } catch {
      // The subject is closed with work left to do, as it is after a flood.
    }
  }
}

/** BullMQ alone with the same payload: no record, no events, no result that outlives the queue. */
export async function bullmqSubject(
  name: string,
  url: string,
  options: SubjectOptions,
): Promise<JobsSubject> {
  const connection = { url, maxRetriesPerRequest: null }
  const queueName = `bench-${process.pid}-${Math.round(performance.now())}`
  const queue = new Queue(queueName, { connection }, createRedisBackend)
  await queue.waitUntilReady()
  let worker: Worker | undefined
  return {
    name,
    async enqueue({ n }) {
      await queue.add('job', { n, text }, { attempts: 5, removeOnComplete: { count: 10_000 } })
    },
    async work() {
      const process = async ({ data: { n } }: { data: { n: number } }) => {
        options.begun(n)
        if (options.workMs > 0) await sleep(systemClock, options.workMs)
      }
      const settings = { connection, concurrency: options.concurrency }
      worker = new Worker(queueName, process, settings, createRedisBackend)
      worker.on('completed', (job) => options.ended(job.data.n))
      await worker.waitUntilReady()
    },
    async close() {
      await worker?.close(true)
      await queue.obliterate({ force: true })
      await queue.close()
    },
  }
}
