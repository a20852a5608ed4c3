import { AsyncLocalStorage } from 'node:async_hooks'
import { linkAbort } from '../base/abort.ts'
import { HoldfastError } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import { inSpan } from '../base/telemetry-port.ts'
import { validate } from '../model/schema.ts'
import { accountName } from './budget.ts'
import { noAnswer } from './canned.ts'
import type { StepContext } from './definition.ts'
import {
  fromCheckpoint,
  mergeOrigins,
  noOrigin,
  type OpenStep,
  openStep,
  toCheckpoint,
} from './open-step.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Checkpoints, Run } from './run.ts'
import type { Produced } from './run-pipeline.ts'
import { answerStep } from './step-answer.ts'

/**
 * Runs a pipeline of several steps and checks what it returns. When it ends, also by a step that failed
 * beside others, whatever is still under way is cancelled and says nothing more.
 */
export async function runSteps(
  pipeline: PreparedPipeline,
  input: unknown,
  outer: Run,
  checkpoints: Checkpoints | undefined,
): Promise<Produced> {
  const end = linkAbort(outer.deadline.signal)
  const run = whileOpen(outer, end.signal)
  const whole: Whole = { run, origin: noOrigin }
  try {
    const context = createContext(pipeline, input, whole, checkpoints)
    const value = await checkValue(pipeline, await pipeline.definition.run?.(context), run)
    return { ...whole.origin, value }
  } catch (error) {
    end.abort(runOver)
    // With what was cancelled settled, the account is right for the run that comes after this one.
    await run.budget?.save()
    throw error
  } finally {
    end.abort(runOver)
    end.release()
  }
}

/** What all steps together come from, and the run that they are part of. */
type Whole = Pick<OpenStep, 'run' | 'origin'>

const runOver = new DOMException('The run is over.', 'AbortError')

function whileOpen(run: Run, signal: AbortSignal): Run {
  return {
    ...run,
    deadline: { ...run.deadline, signal },
    emit: (event) => (signal.aborted ? undefined : run.emit(event)),
  }
}

function createContext(
  pipeline: PreparedPipeline,
  input: unknown,
  whole: Whole,
  checkpoints: Checkpoints | undefined,
): StepContext<unknown> {
  const { run } = whole
  // By it a question knows the step in which it is asked, also where several are at work.
  const current = new AsyncLocalStorage<OpenStep>()
  const answer: StepContext<unknown>['answer'] = async (question) => {
    const place = current.getStore() ?? whole
    const { origin, ...answered } = await answerStep(pipeline, question, place.run)
    place.origin = mergeOrigins(place.origin, origin)
    return answered
  }
  return {
    input,
    signal: run.deadline.signal,
    step: createStepper({ run, checkpoints, current, whole }),
    answer,
    ask: async (question) => (await answer(question)).value,
    spent: () =>
      run.budget?.spent ?? {
        usd: run.ledger.costUsd ?? 0,
        tokens: run.ledger.usage.inputTokens + run.ledger.usage.outputTokens,
      },
  }
}

async function checkValue(
  { definition, name }: PreparedPipeline,
  value: unknown,
  run: Run,
): Promise<unknown> {
  if (definition.output === 'text') return value
  const checked = await validate(definition.output, value)
  if (checked.ok) return checked.value
  const issues = checked.issues
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ')
  const reason = {
    code: 'invalid-output',
    message: `run() returned a value that does not fit: ${issues}.`,
  } as const
  throw noAnswer(name, reason, run.ledger.attempts.length)
}

interface Stepping {
  readonly run: Run
  readonly checkpoints: Checkpoints | undefined
  readonly current: AsyncLocalStorage<OpenStep>
  readonly whole: Whole
}

function createStepper(stepping: Stepping): StepContext<unknown>['step'] {
  const { run, whole } = stepping
  const begun = new Set([accountName])
  return async <Result extends Json>(
    name: string,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    if (begun.has(name)) throw takenName(name)
    begun.add(name)
    const startedAtMs = run.clock.now()
    await run.emit({ type: 'step-started', step: name })
    const { result, origin } = await inSpan(run.span, `step ${name}`, async (span) => {
      const step = openStep(run, name, span)
      const kept = await restore(step, name, stepping.checkpoints)
      span.set({ 'holdfast.step.checkpointed': kept !== undefined })
      // The checkpoint was written by this very step, so it has the type that the step returns.
      const result = kept ? (kept.result as Result) : await perform(step, name, work, stepping)
      return { result, origin: step.origin }
    })
    whole.origin = mergeOrigins(whole.origin, origin)
    await run.emit({ type: 'step-finished', step: name, durationMs: run.clock.now() - startedAtMs })
    return result
  }
}

async function perform<Result extends Json>(
  step: OpenStep,
  name: string,
  work: () => Promise<Result>,
  { checkpoints, current }: Stepping,
): Promise<Result> {
  const result = await current.run(step, work)
  await checkpoints?.put(name, toCheckpoint(result, step))
  await step.run.budget?.save()
  return result
}

/** What an earlier run of the answer got done; its readers are shown again what they saw then. */
async function restore(
  step: OpenStep,
  name: string,
  checkpoints: Checkpoints | undefined,
): Promise<{ readonly result: unknown } | undefined> {
  const kept = await checkpoints?.get(name)
  if (!kept) return undefined
  const { result, shownText, origin } = fromCheckpoint(kept.value)
  step.origin = origin
  if (shownText !== '') await step.run.emit({ type: 'text-delta', text: shownText })
  return { result }
}

function takenName(name: string): HoldfastError<'INVALID_CONFIG'> {
  const what =
    name === accountName
      ? 'is reserved for the account of the budget'
      : 'was begun twice in one run'
  return new HoldfastError(
    'INVALID_CONFIG',
    `The step ${JSON.stringify(name)} ${what}. Give each step a name of its own, such as section-1.`,
    { option: 'step', value: name },
  )
}
