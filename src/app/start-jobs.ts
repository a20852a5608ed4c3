import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { type AnswerJobs, startAnswerJobs } from '../jobs/answer-jobs.ts'
import type { Precomputer } from '../jobs/precompute/precomputer.ts'
import type { QueueEngine } from '../jobs/queue-engine.ts'
import type { EventLog } from '../live/event-log.ts'
import { isLastEvent } from '../model/answer-event.ts'
import type { PreparedPipeline } from '../pipeline/prepare.ts'
import { runPipeline } from '../pipeline/run-pipeline.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Stores } from '../store/shared/stores.ts'
import type { HoldfastConfig } from './holdfast.ts'
import { watchCancellations } from './watch-cancellations.ts'

const defaultConcurrency = 16

/** How long an enqueued answer may take from acceptance, waiting and crashes included. */
const defaultJobDeadlineMs = 60_000

interface JobParts {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly store: Pick<Stores, 'answers' | 'events'>
  readonly engine: QueueEngine
  readonly events: EventLog
  readonly prepared: ReadonlyMap<string, PreparedPipeline>
  readonly precomputer: Precomputer
}

/** The asynchronous way: the same walk, started by a job, with its events in the log. */
export async function startJobs(config: HoldfastConfig, parts: JobParts): Promise<AnswerJobs> {
  const { engine, clock, telemetry, store, events, prepared, precomputer } = parts
  const cancellations = watchCancellations(store.answers, store.events, clock, (error) =>
    telemetry.log('error', 'A cancellation could not be looked up.', {}, error),
  )
  const jobs = await startAnswerJobs({
    engine,
    clock,
    telemetry,
    answers: store.answers,
    concurrency: config.concurrency ?? defaultConcurrency,
    ahead: [...prepared.values()].some(({ precomputed }) => precomputed !== undefined),
    run: (name, input, start) =>
      precomputer.run(start, (started) =>
        runPipeline(findPipeline(prepared, name), input, started),
      ),
    remainingMs: (name, sinceMs) => {
      const { jobDeadlineMs } = findPipeline(prepared, name).definition
      return sinceMs + (jobDeadlineMs ?? defaultJobDeadlineMs) - clock.now()
    },
    openEvents: (answerId, run) => events.writer(answerId, run),
    reopenLog: (answerId) => store.events.reopen(answerId),
    hasEnded: (answerId) => hasLastEvent(store.events, answerId),
    onCancelled: cancellations.onCancelled,
  })
  return {
    ...jobs,
    async close(graceMs) {
      await jobs.close(graceMs)
      cancellations.close()
    },
  }
}

async function hasLastEvent(events: EventStore, answerId: string): Promise<boolean> {
  let afterSeq = 0
  for (;;) {
    const page = await events.read(answerId, afterSeq)
    const last = page.at(-1)
    if (!last) return false
    if (isLastEvent(last.event)) return true
    afterSeq = last.seq
  }
}

export function findPipeline(
  prepared: ReadonlyMap<string, PreparedPipeline>,
  name: string,
): PreparedPipeline {
  const pipeline = prepared.get(name)
  if (pipeline) return pipeline
  const known = [...prepared.keys()]
  throw new HoldfastError(
    'UNKNOWN_PIPELINE',
    `There is no pipeline ${JSON.stringify(name)}. Known: ${known.join(', ')}.`,
    { name, known },
  )
}
