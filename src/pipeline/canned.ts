import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts'
import type { Answer, DegradedReason } from '../model/answer.ts'
import { type FailureReason, failureReasons } from '../model/failure-reason.ts'
import { validate } from '../model/schema.ts'
import type { OutputSpec } from './definition.ts'
import { type OpenRun, runFacts } from './open-run.ts'
import type { PreparedPipeline } from './prepare.ts'

/** What stopped the models, in the closed list of reasons. */
export function degradedReasonOf(error: unknown): DegradedReason {
  return { code: reasonCode(error), message: messageOf(error) }
}

function reasonCode(error: unknown): FailureReason {
  if (isHoldfastError(error, 'NO_ANSWER')) {
    const { lastReason } = error.data
    return failureReasons.find((reason) => reason === lastReason) ?? 'unknown'
  }
  if (isHoldfastError(error, 'DEADLINE_EXCEEDED')) return 'deadline'
  if (isHoldfastError(error, 'CONTEXT_OVERFLOW')) return 'context-too-long'
  return 'unknown'
}

/** The error that no model gave a valid answer. */
export function noAnswer(
  pipeline: string,
  reason: DegradedReason,
  attempts: number,
  limitedForMs?: number,
): HoldfastError<'NO_ANSWER'> {
  return new HoldfastError(
    'NO_ANSWER',
    `No model of ${pipeline} gave a valid answer (attempts: ${attempts}; last reason: ${reason.code}): ${reason.message}`,
    {
      attempts,
      lastReason: reason.code,
      ...(limitedForMs !== undefined && { retryAfterMs: limitedForMs }),
    },
  )
}

/**
 * The last link of the chain. It does no I/O and cannot be slow, so it also answers when the store is
 * away.
 *
 * @throws `error` itself where the pipeline says `canned: 'none'`.
 */
export async function cannedAnswer(
  pipeline: PreparedPipeline,
  input: unknown,
  reason: DegradedReason,
  error: unknown,
  run: OpenRun,
): Promise<Answer> {
  const { definition, name } = pipeline
  if (definition.canned === 'none') throw error
  run.telemetry.log(
    'warn',
    'No model gave a valid answer; the canned one was given.',
    {
      pipeline: name,
      traceId: run.span.traceId,
      reason: reason.code,
    },
    error,
  )
  const value = await checkCanned(name, definition.output, definition.canned({ input, reason }))
  return {
    id: run.answerId,
    pipeline: name,
    value,
    model: undefined,
    mended: [],
    ...runFacts(run),
    source: 'canned',
    degraded: true,
    reason,
  }
}

/** @throws INVALID_CONFIG for a canned value that does not fit its schema. */
export async function checkCanned(
  name: string,
  output: OutputSpec,
  value: unknown,
): Promise<unknown> {
  if (output === 'text') return value
  const checked = await validate(output, value)
  if (checked.ok) return checked.value
  const issues = checked.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new HoldfastError(
    'INVALID_CONFIG',
    `The canned answer of ${name} does not fit its own output schema: ${issues.join('; ')}. Mend canned(), and add the input to samples so that it is checked when the application starts.`,
    { option: `${name}.canned`, value },
  )
}
