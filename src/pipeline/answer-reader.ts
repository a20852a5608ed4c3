import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Message } from '../model/message.ts'
import type { ModelCapabilities, ModelResult, OutputFormat } from '../model/model.ts'
import { formatCorrection, formatPartsCorrection } from '../output/correction.ts'
import { createOutputReader, type OutputReader } from '../output/output-reader.ts'
import type { PartialStream } from '../output/partial-stream.ts'
import { findWrongParts, mayAskForParts, type WrongParts } from '../output/parts.ts'
import { failedEnding } from '../output/terminal-check.ts'
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
  /** Reads a structured answer while it grows; undefined for one that is not shown by its fields. */
  stream(): PartialStream<unknown> | undefined
  /** Whether an answer of which no continuation can be valid is still wanted whole, to be mended in parts. */
  isWantedWhole(failure: OutputFailure, text: string): boolean
  correct(failure: OutputFailure, previousText: string): Correction
}

/** How an answer that does not fit goes back to the model. */
export interface Correction {
  /** The answer, and what is wrong with it. */
  readonly messages: readonly Message[]
  /** Reads what comes back: the whole answer again, or the parts that were wrong. */
  readonly reader: AnswerReader
  readonly isForParts: boolean
}

export function createAnswerReader(name: string, output: OutputSpec, redact: Redact): AnswerReader {
  return output === 'text' ? textReader(redact) : structuredReader(name, output, redact)
}

function textReader(redact: Redact): AnswerReader {
  const schema = { type: 'string' }
  const reader: AnswerReader = {
    format: { type: 'text' },
    instruction: () => undefined,
    read: async (result) => readText(result),
    stream: () => undefined,
    isWantedWhole: () => false,
    correct: (failure, previousText) => ({
      messages: exchange(previousText, formatCorrection(failure, { previousText, redact, schema })),
      reader,
      isForParts: false,
    }),
  }
  return reader
}

function structuredReader(name: string, schema: StandardSchemaV1, redact: Redact): AnswerReader {
  const output = createOutputReader(schema)
  const { jsonSchema } = output
  const reader: AnswerReader = {
    format: {
      type: 'json',
      name: name.replaceAll('-', '_'),
      schema: jsonSchema,
      nullsAreAbsent: true,
    },
    instruction: (capabilities) => output.instruction(weakest(capabilities)) || undefined,
    read: (result) => output.read(result),
    stream: () => output.stream(),
    isWantedWhole: (failure, text) => mayAskForParts(failure, text.length),
    correct(failure, previousText) {
      const options = { previousText, redact, schema: jsonSchema }
      const wrong = findWrongParts(failure, previousText, jsonSchema)
      const message = wrong
        ? formatPartsCorrection(failure, wrong, options)
        : formatCorrection(failure, options)
      return {
        messages: exchange(previousText, message),
        reader: wrong ? partsReader(reader, output, wrong) : reader,
        isForParts: wrong !== undefined,
      }
    },
  }
  return reader
}

/**
 * Reads the reply to a question for parts: puts them into the answer they belong to and checks the
 * whole. A model that writes the whole answer again instead is taken at its word.
 */
function partsReader(
  whole: AnswerReader,
  output: OutputReader<unknown>,
  wrong: WrongParts,
): AnswerReader {
  let filled: string | undefined
  return {
    ...whole,
    format: { type: 'json', name: 'parts', schema: wrong.schema },
    stream: () => undefined,
    isWantedWhole: () => false,
    async read(result) {
      const ended = failedEnding(result)
      if (ended !== undefined) return { ok: false, failure: ended }
      filled = wrong.fill(result.text)
      if (filled === undefined) return output.read(result)
      return output.read({ text: filled, finishReason: 'stop' })
    },
    correct: (failure, previousText) => whole.correct(failure, filled ?? previousText),
  }
}

function exchange(previousText: string, message: string): readonly Message[] {
  return [
    { role: 'assistant', content: previousText },
    { role: 'user', content: message },
  ]
}

/** One prompt serves all models of the call, so it says what the least able of them needs. */
function weakest(
  capabilities: readonly ModelCapabilities[],
): ModelCapabilities['structuredOutput'] {
  const abilities = capabilities.map((each) => each.structuredOutput)
  if (abilities.includes('none')) return 'none'
  return abilities.includes('json') ? 'json' : 'json-schema'
}
