import type { AnswerJobs } from '../jobs/answer-jobs.ts'
import type { Precomputer } from '../jobs/precompute/precomputer.ts'
import type { Schedule } from '../jobs/schedule.ts'
import type { EventLog } from '../live/event-log.ts'
import { createHandle, type PipelineHandle } from '../pipeline/handle.ts'
import type { PreparedPipeline } from '../pipeline/prepare.ts'
import type { ChosenModels } from './choose-models.ts'
import { createEnqueue } from './enqueue.ts'
import { forgetEverywhere } from './forget-everywhere.ts'
import type { HoldfastParts } from './holdfast.ts'
import { openGroups } from './open-groups.ts'
import type { OpenHealth } from './open-health.ts'
import type { Summaries } from './open-summaries.ts'
import type { Foundations } from './prepare-all.ts'
import { findPipeline } from './start-jobs.ts'

/** All that was opened, in no order. */
export interface Assembled extends Foundations {
  readonly prepared: ReadonlyMap<string, PreparedPipeline>
  readonly events: EventLog
  readonly jobs: AnswerJobs
  readonly precomputer: Precomputer
  readonly summaries: Summaries
  readonly checks: Schedule
  readonly chosen: ChosenModels
  readonly health: OpenHealth
}

/** The application around its pipelines; it is closed in the order in which nothing is missed. */
export function assembleParts(all: Assembled): HoldfastParts {
  const {
    clock,
    prepared,
    store,
    events,
    jobs,
    checks,
    precomputer,
    summaries,
    telemetry,
    chosen,
    health,
  } = all
  const enqueue = createEnqueue({ jobs, clock, events: store.events, telemetry })
  const handles = new Map<string, PipelineHandle>()
  for (const [name, pipeline] of prepared) handles.set(name, createHandle(pipeline, enqueue))
  return {
    pipelines: handles,
    telemetry,
    answers: store.answers,
    events,
    groups: openGroups({ clock, store, events, telemetry }),
    traces: {
      // Traces are saved beside the call; who asks for one sees those that have ended.
      async get(traceId) {
        await telemetry.flush()
        return store.traces.get(traceId)
      },
      async list(filter) {
        await telemetry.flush()
        return store.traces.list(filter)
      },
      watch: (listener) => telemetry.watch(listener),
    },
    conversations: forgetEverywhere(store.conversations, prepared, telemetry),
    tickets: store.tickets,
    chosenModels: chosen.description,
    model: (name) => findPipeline(prepared, name).model,
    cancel: (answerId) => jobs.cancel(answerId),
    precomputeLedger: () => precomputer.ledger(),
    retry: (answerId) => jobs.retry(answerId),
    jobProgress: (answerId) => jobs.progress(answerId),
    async health() {
      const models = [...prepared].map(([name, { model }]) => [name, model.health()])
      return { models: Object.fromEntries(models), jobs: await jobs.counts() }
    },
    metrics: () => telemetry.renderMetrics(),
    async close(graceMs) {
      await precomputer.close()
      await checks.close()
      await jobs.close(graceMs)
      await health.close()
      await summaries.close()
      await Promise.all([...prepared.values()].flatMap(({ background }) => [...background]))
      await events.close()
      await telemetry.flush()
      await chosen.close()
      await store.close()
    },
  }
}
