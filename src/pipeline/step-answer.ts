import { createAnswerReader } from './answer-reader.ts'
import { type Asked, ask } from './ask.ts'
import { buildRequest } from './build-request.ts'
import { checkCanned, noAnswer } from './canned.ts'
import { resolveCorrections } from './correction-budget.ts'
import type { OutputOf, OutputSpec, StepAnswer, StepQuestion } from './definition.ts'
import { noOrigin, type Origin } from './open-step.ts'
import type { PreparedPipeline } from './prepare.ts'
import { mayBePutOff } from './put-off.ts'
import type { Run } from './run.ts'

/**
 * Asks one question of a step, with an account of its own.
 *
 * @throws NO_ANSWER where no model gave a valid answer and the question has no canned one.
 */
export async function answerStep<O extends OutputSpec>(
  pipeline: PreparedPipeline,
  question: StepQuestion<O>,
  stepRun: Run,
): Promise<StepAnswer<OutputOf<O>> & { readonly origin: Origin }> {
  const run = { ...stepRun, ledger: stepRun.ledger.part() }
  const asked = await askModels(pipeline, question, run)
  const { usage, costUsd } = run.ledger
  if (!asked.ok) {
    const { reason, limitedForMs } = asked
    // A run that will be begun again, with what is done so far, need not make do with a canned part.
    if (!question.canned || mayBePutOff(run, limitedForMs)) {
      throw noAnswer(pipeline.name, reason, run.ledger.attempts.length, limitedForMs)
    }
    await run.reset(reason.code)
    const canned = await checkCanned(pipeline.name, question.output, question.canned(reason))
    // It was checked against this very schema, and what is read-only to its maker is a plain value here.
    const value = canned as OutputOf<O>
    const origin = { ...noOrigin, canned: reason }
    return { value, usage, costUsd, source: 'canned', reason, origin }
  }
  const { modelIndex, mended, stepDown } = asked
  const facts = {
    // The reader has checked the value against this very schema.
    value: asked.value as OutputOf<O>,
    usage,
    costUsd,
    origin: { ...noOrigin, modelIndex, mended, stepDown },
  }
  return stepDown
    ? { ...facts, source: 'fallback', reason: stepDown }
    : { ...facts, source: 'primary' }
}

async function askModels<O extends OutputSpec>(
  pipeline: PreparedPipeline,
  question: StepQuestion<O>,
  run: Run,
): Promise<Asked> {
  const { maxOutputTokens, temperature } = question
  const reader = createAnswerReader(pipeline.name, question.output, pipeline.services.redact)
  const { request } = buildRequest({ ...pipeline, reader }, question, undefined, run.span)
  return ask(
    {
      model: pipeline.model,
      reader,
      corrections: resolveCorrections(pipeline.definition.corrections),
      show: question.show ?? false,
      request: {
        ...request,
        ...(maxOutputTokens !== undefined && { maxOutputTokens }),
        ...(temperature !== undefined && { temperature }),
      },
    },
    run,
  )
}
