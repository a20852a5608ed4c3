import { inSpan } from '../base/telemetry-port.ts'
import type { BuiltContext } from '../context/build-context.ts'
import { contextSpan } from '../model/conventions.ts'
import { ask } from './ask.ts'
import { type BuiltRequest, buildRequest } from './build-request.ts'
import { noAnswer } from './canned.ts'
import { resolveCorrections } from './correction-budget.ts'
import type { PreparedPipeline } from './prepare.ts'
import { recallMemory } from './recall-memory.ts'
import type { Run } from './run.ts'
import type { Produced } from './run-pipeline.ts'
import { summariseLater } from './summarise-later.ts'

/** The stations of a pipeline with one prompt: memory, context, protected call, check. */
export async function promptOnce(
  pipeline: PreparedPipeline,
  input: unknown,
  run: Run,
): Promise<Produced> {
  const { definition, reader, model, name } = pipeline
  const prompt = definition.prompt?.({ input }) ?? { user: '' }
  const remembered = await inSpan(run.span, 'memory.read', () =>
    recallMemory(pipeline, { input, message: prompt.user }, run),
  )
  const { request, context } = await inSpan(
    run.span,
    contextSpan,
    (span): BuiltRequest => buildRequest(pipeline, prompt, remembered, span),
  )
  if (context) run.report.context = context.ledger
  run.span.content('input', request.messages)
  const corrections = resolveCorrections(definition.corrections)
  const asked = await ask({ model, reader, request, corrections, show: true }, run)
  if (context) learnCounts(pipeline, context, run)
  if (context && remembered) summariseLater(pipeline, remembered, context.nextFromSeq)
  if (!asked.ok) {
    throw noAnswer(name, asked.reason, run.ledger.attempts.length, asked.limitedForMs)
  }
  return asked
}

/** What the provider counted for the request as it was built corrects our own counting. */
function learnCounts(
  { model, calibration }: PreparedPipeline,
  context: BuiltContext,
  run: Run,
): void {
  const [first] = run.ledger.attempts
  if (!first?.usage || first.usage.estimated || first.model !== model.models[0]?.id) return
  const { count, overhead } = context.counted
  calibration.observe(count, first.usage.inputTokens, overhead)
}
