import { inSpan } from '../base/telemetry-port.ts'
import type { ModelRequest } from '../model/model.ts'
import { ask } from './ask.ts'
import { buildRequest } from './build-request.ts'
import { noAnswer } from './canned.ts'
import type { PreparedPipeline } from './prepare.ts'
import { recallMemory } from './recall-memory.ts'
import type { Run } from './run.ts'
import type { Produced } from './run-pipeline.ts'

/** The stations of a pipeline with one prompt: memory, context, protected call, check. */
export async function promptOnce(
  pipeline: PreparedPipeline,
  input: unknown,
  run: Run,
): Promise<Produced> {
  const { definition, reader, model, name } = pipeline
  const prompt = definition.prompt?.({ input }) ?? { user: '' }
  const memory = await inSpan(run.span, 'memory.read', () => recallMemory(pipeline, input, run))
  const request = await inSpan(
    run.span,
    'context.build',
    (span): ModelRequest => buildRequest(pipeline, prompt, memory, span),
  )
  run.span.content('input', request.messages)
  const asked = await ask(
    {
      model,
      reader,
      request,
      corrections: definition.corrections ?? defaultCorrections,
      show: true,
    },
    run,
  )
  if (!asked.ok) throw noAnswer(name, asked.reason, run.ledger.attempts.length)
  return asked
}

/** Most answers that can be corrected are corrected the first time; a third try seldom adds one. */
export const defaultCorrections = 2
