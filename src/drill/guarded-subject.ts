import { startDeadline } from '../base/deadline.ts'
import { createId } from '../base/ids.ts'
import type { Answer, DegradedReason } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { CallEvent, CallOutcome } from '../resilience/call-event.ts'
import { type ProtectedModel, type ProtectPolicy, protect } from '../resilience/protect.ts'
import type { DrilledModel, DrillParts, DrillSubject, StartedSubject } from './subject.ts'

export interface GuardedOptions {
  /** Questions that the requests ask in turn. */
  readonly questions: readonly string[]
  readonly deadlineMs: number
  readonly policy?: Omit<ProtectPolicy, 'clock' | 'random' | 'health'>
  /** Default: a primary and a fallback. */
  readonly models?: readonly DrilledModel[]
}

/** What a caller shows when no model gave an answer. */
const canned = 'Sorry, no answer now.'

const primaryAndFallback = [{ id: 'primary' }, { id: 'fallback' }]

/**
 * A subject for code that uses `protect` without a pipeline: plain text, and the simplest canned answer.
 * `run` asks for whole answers, `stream` for streams.
 */
export function guardedSubject(options: GuardedOptions): DrillSubject {
  const { questions, deadlineMs, policy = {}, models = primaryAndFallback } = options
  const name = policy.name ?? 'guarded'
  return {
    name,
    output: 'text',
    deadlineMs,
    inputs: questions,
    models,
    start: async (parts) => new GuardedCaller(name, deadlineMs, { ...parts, policy }),
  }
}

class GuardedCaller implements StartedSubject {
  readonly #name: string
  readonly #deadlineMs: number
  readonly #parts: DrillParts
  readonly #model: ProtectedModel

  constructor(
    name: string,
    deadlineMs: number,
    { policy, ...parts }: DrillParts & { readonly policy: ProtectPolicy },
  ) {
    this.#name = name
    this.#deadlineMs = deadlineMs
    this.#parts = parts
    this.#model = protect(parts.models, { ...policy, clock: parts.clock, random: parts.random })
  }

  async run(input: unknown): Promise<Answer> {
    for await (const event of this.#ask(input, false)) {
      if (event.type === 'answer-finished') return event.answer
    }
    throw new Error('A protected call ended without its last event.')
  }

  stream(input: unknown): AsyncIterable<AnswerEvent> {
    return this.#ask(input, true)
  }

  async *#ask(input: unknown, stream: boolean): AsyncGenerator<AnswerEvent> {
    const { clock } = this.#parts
    const startedAtMs = clock.now()
    const deadline = startDeadline(clock, this.#deadlineMs)
    try {
      const request = { messages: [{ role: 'user', content: String(input) } as const] }
      for await (const event of this.#model.call(request, { deadline, stream })) {
        if (event.type === 'text-delta' || event.type === 'reset') yield event
        if (event.type !== 'call-finished') continue
        yield* this.#finish(event, clock.now() - startedAtMs)
      }
    } finally {
      deadline.release()
    }
  }

  *#finish(
    { outcome }: Extract<CallEvent, { type: 'call-finished' }>,
    latencyMs: number,
  ): Generator<AnswerEvent> {
    const answer = this.#answer(outcome, latencyMs)
    if (answer.source === 'canned') yield { type: 'reset', reason: answer.reason.code }
    yield { type: 'answer-finished', answer }
  }

  #answer(outcome: CallOutcome, latencyMs: number): Answer {
    const facts = {
      id: createId('ans', this.#parts.clock.now()),
      pipeline: this.#name,
      usage: outcome.usage,
      costUsd: undefined,
      attempts: outcome.attempts,
      mended: [],
      warnings: [],
      traceId: '',
      latencyMs,
    }
    if (outcome.status !== 'complete') {
      const reason = { code: outcome.reason, message: outcome.detail }
      return { ...facts, value: canned, model: undefined, source: 'canned', degraded: true, reason }
    }
    const { modelIndex, result } = outcome
    const model = this.#model.models[modelIndex]
    const answer = {
      ...facts,
      value: result.text,
      model: model && { provider: model.provider, id: model.id },
    }
    if (modelIndex === 0) return { ...answer, source: 'primary', degraded: false }
    return { ...answer, source: 'fallback', degraded: true, reason: whyNotPrimary(outcome) }
  }
}

function whyNotPrimary({ attempts, skipped }: CallOutcome): DegradedReason {
  const failed = attempts.find(({ outcome }) => outcome !== 'ok')
  if (failed && failed.outcome !== 'ok') {
    return { code: failed.outcome, message: failed.detail ?? '' }
  }
  const code = skipped[0]?.reason ?? 'unknown'
  return { code, message: `The primary was not asked (${code}).` }
}
