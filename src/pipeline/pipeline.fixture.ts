import { z } from 'zod'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { Model } from '../model/model.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { definePipeline, type Pipeline } from './definition.ts'
import type { PrecomputedAnswers } from './precomputed.ts'
import { type PreparedPipeline, preparePipeline } from './prepare.ts'
import type { PipelineServices, RunStart } from './run.ts'
import { runPipeline } from './run-pipeline.ts'

/** A small typed pipeline that most tests run. */
export function triage(models: readonly Model[]) {
  return definePipeline({
    name: 'triage',
    input: z.object({ message: z.string().min(1) }),
    output: z.object({ intent: z.enum(['exchange', 'support']), reply: z.string().min(1) }),
    models,
    deadlineMs: 8_000,
    prompt: ({ input }) => ({ system: 'Sort it.', user: input.message }),
    canned: () => ({ intent: 'support', reply: 'A person will answer.' }),
    samples: [{ message: 'x' }],
  })
}

/** Runs pipelines on a store in memory and in fake time, and remembers their events. */
export function createBench(given: Partial<PipelineServices> = {}) {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock })
  const events: AnswerEvent[] = []
  const services = {
    clock,
    telemetry: silentTelemetry,
    conversations: store.conversations,
    prices: {},
    redact: (text: string) => text,
    ...given,
  }
  const prepare = (pipeline: Pipeline, precomputed?: PrecomputedAnswers) =>
    preparePipeline(pipeline, {
      services,
      defaultModels: [],
      policy: { random: () => 0.5 },
      precomputed,
    })
  return {
    clock,
    store,
    events,
    types: () => events.map(({ type }) => type),
    prepare,
    /** Runs one prepared pipeline again and again, so that it keeps what it learns. */
    start(
      prepared: PreparedPipeline,
      answerId = (_turn: number) => 'ans_1',
      options: Pick<RunStart, 'latestStartMs'> = {},
    ) {
      let turn = 0
      return (input: unknown) =>
        runPipeline(prepared, input, {
          answerId: answerId(++turn),
          runNumber: 1,
          emit: () => undefined,
          ...options,
        })
    },
    async run(
      pipeline: Pipeline,
      input: unknown,
      { precomputed, ...start }: Partial<RunStart> & { precomputed?: PrecomputedAnswers } = {},
    ) {
      return runPipeline(await prepare(pipeline, precomputed), input, {
        answerId: 'ans_1',
        runNumber: 1,
        emit: (event) => void events.push(event),
        ...start,
      })
    },
  }
}
