import { inSpan } from '../base/telemetry-port.ts'
import type { AttemptCause, DegradedReason } from '../model/answer.ts'
import { own } from '../model/conventions.ts'
import type { Model, ModelRequest, ModelResult } from '../model/model.ts'
import { canBeCorrected } from '../output/correction.ts'
import type { Change, Verdict } from '../output/verdict.ts'
import type { SkippedModel } from '../resilience/call-event.ts'
import type { ProtectedModel } from '../resilience/protect.ts'
import type { AnswerReader, Correction } from './answer-reader.ts'
import { type CorrectionPolicy, createCorrectionBudget, tokensOf } from './correction-budget.ts'
import { degradedBy } from './degraded-by.ts'
import { listen } from './listen.ts'
import type { Run } from './run.ts'

/** One question to the models, and how its answer is checked. */
export interface Question {
  readonly model: ProtectedModel
  readonly reader: AnswerReader
  readonly request: ModelRequest
  /** How often an answer that does not fit goes back to the model, and at what price. */
  readonly corrections: Required<CorrectionPolicy>
  /** Whether the text is shown while it comes. */
  readonly show: boolean
}

/** A checked answer, or why there is none. */
export type Asked =
  | {
      readonly ok: true
      readonly value: unknown
      readonly modelIndex: number
      readonly mended: readonly string[]
      /** Why the models before it did not answer; undefined for the first. */
      readonly stepDown: DegradedReason | undefined
    }
  | {
      readonly ok: false
      readonly reason: DegradedReason
      /** Where all models take no more for now: when the first of them may be asked again. */
      readonly limitedForMs?: number | undefined
    }

/** Below this no correction is started: the canned answer is worth more than a request cut short. */
const leastTimeForCorrectionMs = 500

/**
 * Asks, checks, and walks ask-and-check again while the answer does not fit: first back to the same
 * model with what is wrong, then to a stronger one behind it, then plainly to the fallbacks.
 */
export async function ask(question: Question, run: Run): Promise<Asked> {
  const { model } = question
  const budget = createCorrectionBudget(question.corrections)
  let { request, reader } = question
  let startAt = 0
  let why: AttemptCause = 'first'
  let lastFailure: DegradedReason | undefined

  for (;;) {
    const paidBefore = tokensOf(run.ledger.usage)
    const mayCorrect = budget.left > 0
    const heard = await listen({ ...question, request, reader }, { startAt, why, mayCorrect }, run)
    const paid = tokensOf(run.ledger.usage) - paidBefore
    if (why === 'correction') budget.spend(paid)
    if (heard.status === 'failed') {
      if (lastFailure) return { ok: false, reason: lastFailure }
      return { ok: false, reason: heard.reason, limitedForMs: heard.limitedForMs }
    }

    const verdict = heard.impossible
      ? ({ ok: false, failure: heard.impossible } as const)
      : await inSpan(run.span, 'output.check', () => reader.read(heard.result))
    model.reportQuality(heard.modelIndex, verdict.ok)
    measure(verdict, model.models[heard.modelIndex], run)
    if (verdict.ok) {
      const mended = mendedRules(verdict.changes, model.models[heard.modelIndex])
      return {
        ok: true,
        value: verdict.value,
        modelIndex: heard.modelIndex,
        mended,
        stepDown: stepDown(heard, run),
      }
    }

    lastFailure = degradedBy(verdict.failure)
    run.span.set({ [own.rejected]: lastFailure.code })
    run.span.event('output.invalid', { reason: lastFailure.code, detail: lastFailure.message })
    run.ledger.rejectLast(lastFailure)
    await run.reset(lastFailure.code)
    const correction = canBeCorrected(verdict.failure, heard.result.finishReason)
      ? reader.correct(verdict.failure, heard.result.text)
      : undefined
    const hasTime = run.deadline.remainingMs() > leastTimeForCorrectionMs
    if (correction && hasTime && budget.allows(expectedTokens(correction, heard.result, paid))) {
      budget.begin()
      request = withCorrection(question.request, correction)
      reader = correction.reader
      startAt =
        budget.left === 0
          ? Math.min(heard.modelIndex + 1, model.models.length - 1)
          : heard.modelIndex
      why = 'correction'
    } else {
      request = question.request
      reader = question.reader
      startAt = heard.modelIndex + 1
      why = 'fallback'
      if (startAt >= model.models.length) return { ok: false, reason: lastFailure }
    }
  }
}

/** Characters of a token, roughly; text of other scripts than Latin has fewer. */
const charactersPerToken = 4

/**
 * What a correction will use: all that was paid for the answer before, which stands in it as input, the
 * message, and the answer once more unless only parts of it are asked for.
 */
function expectedTokens(correction: Correction, result: ModelResult, paid: number): number {
  const said = correction.messages.at(-1)?.content.length ?? 0
  const again = correction.isForParts ? 0 : result.text.length
  return paid + Math.ceil((said + again) / charactersPerToken)
}

/**
 * What was mended. A model that is held to the schema may have been told to write null for an optional
 * key, so that one from it is as asked.
 */
function mendedRules(changes: readonly Change[], model: Model | undefined): readonly string[] {
  const isHeld = model?.capabilities.structuredOutput === 'json-schema'
  const rules = changes.map(({ rule }) => rule)
  return isHeld ? rules.filter((rule) => rule !== 'null-for-absent') : rules
}

/** A provider that changes its model shows first in what has to be mended, and in what cannot be. */
function measure(verdict: Verdict<unknown>, model: Model | undefined, run: Run): void {
  const labels = { model: model?.id ?? '', schema: run.pipeline }
  if (!verdict.ok) {
    const { cause } = verdict.failure
    run.telemetry.measure('holdfast.output.rejected', 1, { ...labels, cause })
    return
  }
  for (const rule of new Set(mendedRules(verdict.changes, model))) {
    run.telemetry.measure('holdfast.output.recovered', 1, { ...labels, rule })
  }
}

function withCorrection(request: ModelRequest, { messages, reader }: Correction): ModelRequest {
  return {
    ...request,
    output: reader.format,
    // A lower temperature makes the second answer keep what was right in the first. None is sent where
    // none was given: some models refuse the setting.
    ...(request.temperature !== undefined && {
      temperature: Math.min(request.temperature, correctionTemperature),
    }),
    messages: [...request.messages, ...messages],
  }
}

/** A correction is asked for at this temperature, or at a lower one that was given. */
const correctionTemperature = 0.2

/** Why the answer comes from a model behind the first: what the one before it ran into. */
function stepDown(
  {
    modelIndex,
    skipped,
  }: { readonly modelIndex: number; readonly skipped: readonly SkippedModel[] },
  run: Run,
): DegradedReason | undefined {
  if (modelIndex === 0) return undefined
  const failed = run.ledger.attempts.findLast((attempt) => attempt.outcome !== 'ok')
  if (failed && failed.outcome !== 'ok') {
    return { code: failed.outcome, message: failed.detail ?? `${failed.model} failed.` }
  }
  const passedOver = skipped.find((each) => each.modelIndex < modelIndex)
  const model = passedOver?.model ?? 'The primary model'
  const code = passedOver?.reason ?? 'breaker-open'
  return { code, message: `${model} is left alone for now (${code}) and was not asked.` }
}
