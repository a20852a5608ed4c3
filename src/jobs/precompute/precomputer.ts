import type { Clock } from '../../base/clock.ts'
import { HoldfastError } from '../../base/errors.ts'
import type { Telemetry } from '../../base/telemetry-port.ts'
import type { Answer } from '../../model/answer.ts'
import type { AnswerEvent } from '../../model/answer-event.ts'
import type { AnyDefinition, Pipeline } from '../../pipeline/definition.ts'
import type { PrecomputedAnswers } from '../../pipeline/precomputed.ts'
import type { RunStart } from '../../pipeline/run.ts'
import { type AnswerRequest, type AnswerStore, aheadIdPrefix } from '../../store/answer-store.ts'
import type { ConversationStore } from '../../store/conversation-store.ts'
import type { PrecomputedStore, RuleTally } from '../../store/precomputed-store.ts'
import { precomputePipeline } from './precompute-pipeline.ts'
import { isOfUse, judgedForMs } from './rule-governor.ts'

/** What answers are made ahead with. */
export interface PrecomputeParts {
  readonly store: PrecomputedStore
  readonly answers: Pick<AnswerStore, 'get'>
  readonly conversations: Pick<ConversationStore, 'readMemory' | 'setOwner'>
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Puts the answer into the queue of those that nobody waits for. */
  accept(request: AnswerRequest): Promise<void>
  cancel(answerId: string): Promise<boolean>
  /** The events of an answer from its first one on. */
  follow(answerId: string, signal: AbortSignal): AsyncIterable<readonly AnswerEvent[]>
}

/** Answers that are made before anybody asks, for all pipelines of an application. */
export interface Precomputer {
  /** Those of one pipeline; undefined where it makes none. */
  of(pipeline: Pipeline): PrecomputedAnswers | undefined
  /**
   * Runs a pipeline, ahead of any request where the answer's id says so, and enters what that cost.
   *
   * @throws NO_ANSWER when an answer made ahead came from no model: it is of no use to anybody.
   */
  run(start: RunStart, run: (start: RunStart) => Promise<Answer>): Promise<Answer>
  /** What the rules of the last seven days cost and gave. */
  ledger(): Promise<readonly PrecomputeLedger[]>
  /** Begins what is made ahead by schedule. */
  startSchedules(): void
  /** Ends the schedules and waits for what they are at. */
  close(): Promise<void>
}

/** What one rule of one pipeline made ahead in the last seven days, and what came of it. */
export interface PrecomputeLedger extends RuleTally {
  readonly pipeline: string
  /** Its answers are used too seldom, so it makes none until they are forgotten. */
  readonly isStopped: boolean
}

export function createPrecomputer(parts: PrecomputeParts): Precomputer {
  const { store, clock, telemetry } = parts
  const pipelines = new Map<string, { definition: AnyDefinition; answers: PrecomputedAnswers }>()
  const scheduled: { close(): Promise<void> }[] = []
  return {
    of({ name, definition }) {
      const { precompute: policy } = definition
      if (!policy) return undefined
      const answers = precomputePipeline({ name, definition, policy }, parts)
      pipelines.set(name, { definition, answers })
      return answers
    },

    async run(start, run) {
      if (!start.answerId.startsWith(aheadIdPrefix)) return run(start)
      const answer = await run({ ...start, ahead: true })
      const { usage, costUsd } = answer
      const tokens = usage.inputTokens + usage.outputTokens
      await store.settle(start.answerId, { tokens, costUsd })
      if (answer.source !== 'canned') return answer
      const { code, message } = answer.reason
      throw new HoldfastError('NO_ANSWER', `No model made the answer ahead: ${message}`, {
        attempts: answer.attempts.length,
        lastReason: code,
      })
    },

    async ledger() {
      const nowMs = clock.now()
      const entries: PrecomputeLedger[] = []
      for (const [pipeline, { definition }] of pipelines) {
        const week = await store.tally({ pipeline, sinceMs: nowMs - judgedForMs, nowMs })
        const policy = definition.precompute ?? {}
        entries.push(
          ...week.map((tally) => ({ ...tally, pipeline, isStopped: !isOfUse(tally, policy) })),
        )
      }
      return entries
    },

    startSchedules() {
      for (const [pipeline, { definition, answers }] of pipelines) {
        const schedule = definition.precompute?.schedule
        if (!schedule) continue
        const tick = async () => {
          await answers.start(await schedule.inputs(), 'schedule')
        }
        scheduled.push(
          repeat(clock, schedule.everyMs, tick, (error) =>
            telemetry.log('error', 'A schedule could not be kept.', { pipeline }, error),
          ),
        )
      }
    },

    async close() {
      for (const each of scheduled.splice(0)) await each.close()
    },
  }
}

/** Runs `work` at once and then every so often, never twice at a time. */
function repeat(
  clock: Clock,
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { close(): Promise<void> } {
  let closed = false
  let cancelTimer = () => {}
  let current: Promise<void>
  const begin = () => {
    current = work()
      .catch(onError)
      .then(() => {
        if (!closed) cancelTimer = clock.setTimer(everyMs, begin)
      })
  }
  begin()
  return {
    async close() {
      closed = true
      cancelTimer()
      await current
    },
  }
}
