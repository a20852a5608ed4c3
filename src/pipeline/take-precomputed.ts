/**
 * A request that finds its answer made ahead, or being made.
 *
 * The request keeps its own id, trace, deadline and place in the conversation: only the models are not
 * asked. What the answer cost stands where it was made, so that nothing is counted twice.
 *
 * An answer that is still being made is followed: its text is passed on as it comes. It may fail, or
 * its worker may die, and the request must not hang on it: after half of its time without an end it
 * goes its own way.
 */
import { linkAbort } from '../base/abort.ts'
import { inSpan } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { type OpenRun, runFacts } from './open-run.ts'
import type { Precomputed } from './precomputed.ts'
import type { PreparedPipeline } from './prepare.ts'

/** The answer made ahead for this input; undefined where there is none, or it came to nothing. */
export async function takePrecomputed(
  pipeline: PreparedPipeline,
  input: unknown,
  run: OpenRun,
): Promise<Answer | undefined> {
  const { precomputed, name } = pipeline
  if (!precomputed) return undefined
  try {
    return await inSpan(run.span, 'precompute.find', async (span) => {
      const found = await precomputed.find(input)
      const made = found && (await answerOf(found, run))
      span.set({ 'holdfast.precompute': outcomeOf(found, made) })
      if (!found || !made) return undefined
      return await settlePrecomputed(pipeline, found, made, run)
    })
  } catch (error) {
    if (run.deadline.signal.aborted) throw error
    const fields = { pipeline: name, traceId: run.span.traceId }
    run.telemetry.log('warn', 'An answer made ahead could not be used.', fields, error)
    await run.reset('unknown')
    return undefined
  }
}

async function answerOf(found: Precomputed, run: OpenRun): Promise<Answer | undefined> {
  return found.state === 'ready' ? found.answer : follow(found, run)
}

function outcomeOf(found: Precomputed | undefined, made: Answer | undefined): string {
  if (!found) return 'miss'
  if (!made) return 'lost'
  if (found.state === 'running') return 'attached'
  return found.isStale ? 'stale' : 'hit'
}

/** Passes on what the answer that is being made says; undefined when it ends without a value. */
async function follow(
  found: Extract<Precomputed, { readonly state: 'running' }>,
  run: OpenRun,
): Promise<Answer | undefined> {
  const patience = linkAbort(run.deadline.signal)
  const cancelTimer = run.clock.setTimer(run.deadline.remainingMs() / 2, () =>
    patience.abort(new DOMException('The answer made ahead takes too long.', 'TimeoutError')),
  )
  try {
    for await (const events of found.events(patience.signal)) {
      for (const event of events) {
        if (event.type === 'answer-finished') return event.answer
        if (event.type === 'answer-failed') break
        await passOn(event, run)
      }
    }
  } finally {
    cancelTimer()
    patience.release()
  }
  await run.reset('unknown')
  return undefined
}

/** Its attempts are its own, and its start is no start of this answer. */
async function passOn(event: AnswerEvent, run: OpenRun): Promise<void> {
  switch (event.type) {
    case 'text-delta':
    case 'field-delta':
    case 'field':
    case 'step-started':
    case 'step-finished':
      return run.emit(event)
    case 'reset':
      return event.step === undefined ? run.reset(event.reason) : run.emit(event)
    case 'answer-started':
      // Its worker died and another one began anew; the first time there is nothing to take back.
      return run.reset('cut')
  }
}

async function settlePrecomputed(
  { name }: PreparedPipeline,
  found: Precomputed,
  made: Answer,
  run: OpenRun,
): Promise<Answer> {
  const facts = runFacts(run)
  const savedMs = Math.max(0, made.latencyMs - facts.latencyMs)
  await found.used(savedMs)
  const { answerId, rule, madeAtMs, isStale } = found
  const answer = {
    id: run.answerId,
    pipeline: name,
    value: made.value,
    model: made.model,
    mended: made.mended,
    precomputed: { answerId, rule, ageMs: run.clock.now() - madeAtMs, isStale, savedMs },
    ...facts,
    source: 'cache',
  } as const
  return made.degraded
    ? { ...answer, degraded: true, reason: made.reason }
    : { ...answer, degraded: false }
}
