import { HoldfastError } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import { inSpan } from '../base/telemetry-port.ts'
import type { DegradedReason } from '../model/answer.ts'
import { validate } from '../model/schema.ts'
import { createAnswerReader } from './answer-reader.ts'
import { ask } from './ask.ts'
import { buildRequest } from './build-request.ts'
import { noAnswer } from './canned.ts'
import { resolveCorrections } from './correction-budget.ts'
import type { OutputOf, OutputSpec, StepContext, StepQuestion } from './definition.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Checkpoints, Run } from './run.ts'
import type { Produced } from './run-pipeline.ts'

/** Runs a pipeline of several steps and checks what it returns. */
export async function runSteps(
  pipeline: PreparedPipeline,
  input: unknown,
  run: Run,
  checkpoints: Checkpoints | undefined,
): Promise<Produced> {
  const { definition, name } = pipeline
  const tally = {
    modelIndex: 0,
    mended: [] as string[],
    stepDown: undefined as DegradedReason | undefined,
  }
  const context: StepContext<unknown> = {
    input,
    signal: run.deadline.signal,
    step: createStepper(run, checkpoints),
    async ask(question) {
      const asked = await askStep(pipeline, question, run)
      if (asked.modelIndex > tally.modelIndex) {
        tally.modelIndex = asked.modelIndex
        tally.stepDown = asked.stepDown
      }
      tally.mended.push(...asked.mended)
      return asked.value
    },
  }
  const value = await definition.run?.(context)
  if (definition.output === 'text') return { ...tally, value }
  const checked = await validate(definition.output, value)
  if (checked.ok) return { ...tally, value: checked.value }
  const issues = checked.issues
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ')
  const reason = {
    code: 'invalid-output',
    message: `run() returned a value that does not fit: ${issues}.`,
  } as const
  throw noAnswer(name, reason, run.ledger.attempts.length)
}

function createStepper(
  run: Run,
  checkpoints: Checkpoints | undefined,
): StepContext<unknown>['step'] {
  const begun = new Set<string>()
  return async <Result extends Json>(
    name: string,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    if (begun.has(name)) {
      throw new HoldfastError(
        'INVALID_CONFIG',
        `The step ${JSON.stringify(name)} was begun twice in one run. Give each step a name of its own, such as section-1.`,
        { option: 'step', value: name },
      )
    }
    begun.add(name)
    const startedAtMs = run.clock.now()
    await run.emit({ type: 'step-started', step: name })
    const result = await inSpan(run.span, `step ${name}`, async (span) => {
      const kept = await checkpoints?.get(name)
      span.set({ 'holdfast.step.checkpointed': kept !== undefined })
      // The checkpoint was written by this very step, so it has the type that the step returns.
      if (kept) return kept.value as Result
      const fresh = await work()
      await checkpoints?.put(name, fresh)
      return fresh
    })
    await run.emit({ type: 'step-finished', step: name, durationMs: run.clock.now() - startedAtMs })
    return result
  }
}

async function askStep<O extends OutputSpec>(
  pipeline: PreparedPipeline,
  question: StepQuestion<O>,
  run: Run,
): Promise<Produced & { readonly value: OutputOf<O> }> {
  const reader = createAnswerReader(pipeline.name, question.output, pipeline.services.redact)
  const { request } = buildRequest({ ...pipeline, reader }, question, undefined, run.span)
  const asked = await ask(
    {
      model: pipeline.model,
      reader,
      corrections: resolveCorrections(pipeline.definition.corrections),
      show: question.show ?? false,
      request: {
        ...request,
        ...(question.maxOutputTokens !== undefined && {
          maxOutputTokens: question.maxOutputTokens,
        }),
        ...(question.temperature !== undefined && { temperature: question.temperature }),
      },
    },
    run,
  )
  if (!asked.ok) {
    throw noAnswer(pipeline.name, asked.reason, run.ledger.attempts.length, asked.limitedForMs)
  }
  // The reader has checked the value against this very schema.
  return { ...asked, value: asked.value as OutputOf<O> }
}
