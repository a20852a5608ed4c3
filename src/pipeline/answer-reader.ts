import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ModelCapabilities, ModelResult, OutputFormat } from '../model/model.ts'
import { formatCorrection } from '../output/correction.ts'
import { createOutputReader } from '../output/output-reader.ts'
import type { PartialStream } from '../output/partial-stream.ts'
import { readText } from '../output/text-answer.ts'
import type { OutputFailure, Verdict } from '../output/verdict.ts'
import type { OutputSpec } from './definition.ts'

/** Takes secrets out of what is quoted back to a model. */
export type Redact = (text: string) => string

/** How the answers of one output are asked for, checked and sent back. */
export interface AnswerReader {
  readonly format: OutputFormat
  /** What the prompt has to say for models that do not follow a schema by themselves. */
  instruction(capabilities: readonly ModelCapabilities[]): string | undefined
  read(result: ModelResult): Promise<Verdict<unknown>>
  /** Reads a structured answer while it grows; undefined for a text, which needs no reading. */
  stream(): PartialStream<unknown> | undefined
  correction(failure: OutputFailure, previousText: string): string
}

export function createAnswerReader(name: string, output: OutputSpec, redact: Redact): AnswerReader {
  return output === 'text' ? textReader(redact) : structuredReader(name, output, redact)
}

function textReader(redact: Redact): AnswerReader {
  return {
    format: { type: 'text' },
    instruction: () => undefined,
    read: async (result) => readText(result),
    stream: () => undefined,
    correction: (failure, previousText) =>
      formatCorrection(failure, { previousText, redact, schema: { type: 'string' } }),
  }
}

function structuredReader(name: string, schema: StandardSchemaV1, redact: Redact): AnswerReader {
  const reader = createOutputReader(schema)
  return {
    format: {
      type: 'json',
      name: name.replaceAll('-', '_'),
      schema: reader.jsonSchema,
      nullsAreAbsent: true,
    },
    instruction: (capabilities) => reader.instruction(weakest(capabilities)) || undefined,
    read: (result) => reader.read(result),
    stream: () => reader.stream(),
    correction: (failure, previousText) =>
      formatCorrection(failure, { previousText, redact, schema: reader.jsonSchema }),
  }
}

/** One prompt serves all models of the call, so it says what the least able of them needs. */
function weakest(
  capabilities: readonly ModelCapabilities[],
): ModelCapabilities['structuredOutput'] {
  const abilities = capabilities.map((each) => each.structuredOutput)
  if (abilities.includes('none')) return 'none'
  return abilities.includes('json') ? 'json' : 'json-schema'
}
