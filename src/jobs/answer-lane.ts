import { type AnswerQueue, createAnswerQueue } from './answer-queue.ts'
import { type AnswerWorker, startAnswerWorker } from './answer-worker.ts'
import type { ProcessOptions } from './process-answer.ts'
import type { QueueEngine } from './queue-engine.ts'
import { createRenumbering } from './renumbering.ts'

/** A queue of answers with its own worker: what fills one lane takes no place in another. */
export interface AnswerLane {
  readonly queue: AnswerQueue
  /** Undefined where this process only enqueues. */
  readonly worker: AnswerWorker | undefined
  close(graceMs: number): Promise<void>
}

export interface AnswerLaneOptions extends ProcessOptions {
  readonly engine: QueueEngine
  readonly queueName: string
  /** Answers made at the same time by this process; 0: this process only enqueues. */
  readonly concurrency: number
}

/** @throws QUEUE_UNAVAILABLE */
export async function openAnswerLane(options: AnswerLaneOptions): Promise<AnswerLane> {
  const { engine, queueName, telemetry, concurrency } = options
  const bullQueue = engine.createQueue(queueName)
  bullQueue.on('error', (error) => telemetry.log('error', 'The queue reports an error.', {}, error))
  await bullQueue.waitUntilReady()
  const renumbering = createRenumbering(bullQueue, telemetry)
  const worker = concurrency > 0 ? startAnswerWorker({ ...options, renumbering }) : undefined
  return {
    queue: createAnswerQueue(bullQueue),
    worker,
    async close(graceMs) {
      await worker?.close(graceMs)
      await bullQueue.close()
    },
  }
}
