import type { Telemetry } from '../base/telemetry-port.ts'
import type { QueueEngine } from '../jobs/queue-engine.ts'
import { openSummaryJobs, type SummaryWorker, startSummaryWorker } from '../jobs/summary-jobs.ts'
import type { PreparedPipeline } from '../pipeline/prepare.ts'
import { summarise } from '../pipeline/summarise.ts'
import type { SummaryQueue } from '../pipeline/summary-task.ts'
import { findPipeline } from './start-jobs.ts'

/** The summaries of an application: their queue, and where this process works, its worker. */
export interface Summaries {
  readonly queue: SummaryQueue
  /** Aborts when the application is closed. */
  readonly closing: AbortSignal
  /** Starts a worker that makes them by the pipelines' own models. */
  work(prepared: ReadonlyMap<string, PreparedPipeline>): void
  close(): Promise<void>
}

export async function openSummaries(engine: QueueEngine, telemetry: Telemetry): Promise<Summaries> {
  const queue = await openSummaryJobs({ engine, telemetry })
  const closing = new AbortController()
  let worker: SummaryWorker | undefined
  return {
    queue,
    closing: closing.signal,
    work(prepared) {
      worker = startSummaryWorker({
        engine,
        telemetry,
        summarise: (task, signal, isLast) =>
          summarise(findPipeline(prepared, task.pipeline), task, {
            triesAgain: !isLast,
            ...(signal && { signal }),
          }),
      })
    },
    async close() {
      closing.abort(new DOMException('The application is being closed.', 'AbortError'))
      await worker?.close()
      await queue.close()
    },
  }
}
