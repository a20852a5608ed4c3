import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ModelCapabilities, ModelResult, OutputFormat } from '../model/model.ts'
import { formatCorrection } from '../output/correction.ts'
import { createOutputReader, type PartialReader } from '../output/output-reader.ts'
import { readText } from '../output/read-text.ts'
import type { OutputFailure, Verdict } from '../output/verdict.ts'
import type { OutputSpec } from './definition.ts'

/** How the answers of one output are asked for, checked and sent back. */
export interface AnswerReader {
  readonly format: OutputFormat
  /** What the prompt has to say for models that do not follow a schema by themselves. */
  instruction(capabilities: readonly ModelCapabilities[]): string | undefined
  read(result: ModelResult): Promise<Verdict<unknown>>
  /** Reads a structured answer while it grows; undefined for a text, which needs no reading. */
  stream(): PartialReader | undefined
  correction(failure: OutputFailure, previousText: string): string
}

export function createAnswerReader(name: string, output: OutputSpec): AnswerReader {
  return output === 'text' ? textReader() : structuredReader(name, output)
}

function textReader(): AnswerReader {
  return {
    format: { type: 'text' },
    instruction: () => undefined,
    read: async (result) => readText(result),
    stream: () => undefined,
    correction: (failure, previousText) => formatCorrection(failure, { previousText }),
  }
}

function structuredReader(name: string, schema: StandardSchemaV1): AnswerReader {
  const reader = createOutputReader(schema)
  return {
    format: { type: 'json', name: name.replaceAll('-', '_'), schema: reader.jsonSchema },
    instruction: (capabilities) => reader.instruction(weakest(capabilities)),
    read: (result) => reader.read(result),
    stream: () => reader.stream(),
    correction: (failure, previousText) =>
      formatCorrection(failure, { previousText, schema: reader.jsonSchema }),
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
