import type { EventEmitter } from 'node:events'
import type {
  FlowProducer,
  IQueueBackend,
  Job,
  Processor,
  Queue,
  QueueEvents,
  QueueEventsOptions,
  QueueEventsProducer,
  QueueOptions,
  Worker,
  WorkerOptions,
} from 'bullmq'
import { type BackendUnderTest, Engine, type ManualWorker } from './engine.ts'

/** What a test of the contract stands on: stock BullMQ over one backend, on queues of its own. */
export interface Stage {
  /** The test's queue, or another one of the test by its suffix. */
  queue(options?: StageOptions<QueueOptions>): Queue
  worker(processor: Processor, options?: StageOptions<WorkerOptions>): Worker
  /** A worker that takes a job when it is told to. */
  manualWorker(options?: StageOptions<WorkerOptions>): ManualWorker<IQueueBackend, unknown>
  /** Hears everything from the beginning of the queue, unless told where to begin. */
  events(options?: StageOptions<QueueEventsOptions>): Promise<QueueEvents>
  eventsProducer(): QueueEventsProducer
  flows(): FlowProducer
  queueName(suffix?: string): string
  close(): Promise<void>
}

type StageOptions<Options> = Partial<Omit<Options, 'connection'>> & { readonly suffix?: string }

let stages = 0

export function createStage<Backend extends IQueueBackend, Connection>(
  backend: BackendUnderTest<Backend, Connection>,
): Stage {
  const engine = new Engine(backend)
  stages += 1
  const stem = `contract-${process.pid}-${stages}`
  const queueName = (suffix = '') => `${stem}${suffix}`
  // BullMQ's classes carry the type of their backend; the contract is about what they have in common.
  const plain = <Plain>(bound: unknown) => bound as Plain
  return {
    queueName,
    queue: ({ suffix, ...options } = {}) => plain(engine.queue(queueName(suffix), options)),
    worker: (processor, { suffix, ...options } = {}) =>
      plain(engine.worker(queueName(suffix), processor, options)),
    manualWorker: ({ suffix, ...options } = {}) =>
      plain(engine.manualWorker(queueName(suffix), options)),
    async events({ suffix, ...options } = {}) {
      const events = engine.events(queueName(suffix), { lastEventId: '0-0', ...options })
      await events.waitUntilReady()
      return plain(events)
    },
    eventsProducer: () => plain(engine.eventsProducer(queueName())),
    flows: () => plain(engine.flows()),
    close: () => engine.close(),
  }
}

/** The arguments of the next event of that name that fits. */
export function nextEvent<Args extends unknown[]>(
  emitter: Pick<EventEmitter, 'on' | 'off'>,
  event: string,
  fits: (...args: Args) => boolean = () => true,
): Promise<Args> {
  return new Promise((resolve) => {
    const listener = (...args: unknown[]) => {
      if (!fits(...(args as Args))) return
      emitter.off(event, listener)
      resolve(args as Args)
    }
    emitter.on(event, listener)
  })
}

/** Resolves when a worker has completed or failed that many jobs from now on. */
export function finished(worker: Worker, jobs: number): Promise<void> {
  return new Promise((resolve) => {
    let left = jobs
    const count = () => {
      left -= 1
      if (left === 0) resolve()
    }
    worker.on('completed', count)
    worker.on('failed', (job: Job | undefined) => {
      // A job that is to be retried is not done.
      if (job?.finishedOn) count()
    })
  })
}

/** Takes a job, which must be there. */
export async function take(
  worker: ManualWorker<IQueueBackend, unknown>,
  token = 'token',
): Promise<Job> {
  const job = await worker.take(token)
  if (!job) throw new Error('There was no job to take.')
  return job
}

/**
 * Lets real time pass until a lock, a window or a key has ended. There is no event to wait for, and a
 * server counts by its own clock, which a test cannot move.
 */
export function timePasses(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The ids of the jobs of one type, first in order first. */
export async function idsOf(
  queue: Queue,
  type: 'waiting' | 'active' | 'prioritized' | 'delayed' | 'completed' | 'failed',
): Promise<string[]> {
  return queue.getRanges([type], 0, -1, true)
}

/** The code of a refusal, such as -6 for a lock that another one holds. */
export async function refusalOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
  return 'none'
}
