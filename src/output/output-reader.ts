import type { StandardSchemaV1 } from '@standard-schema/spec'
import { invalidConfig } from '../base/errors.ts'
import type { JsonSchema } from '../model/message.ts'
import type { ModelCapabilities } from '../model/model.ts'
import { toJsonSchema, type Validation, validate } from '../model/schema.ts'
import { knowsNoKey } from './align-object.ts'
import { broken, type Mended } from './choose-value.ts'
import { mayBeCall } from './envelope.ts'
import { type ExactJson, parseExact } from './exact-json.ts'
import { failureOf, notAllowed, rejectedBySchema } from './failure.ts'
import { writeInstruction } from './instruction.ts'
import { knownKeysOf } from './known-keys.ts'
import { type OutputLimits, resolveLimits } from './limits.ts'
import { mend } from './mend.ts'
import type { PartialStream } from './partial-stream.ts'
import type { MendOptions } from './read-document.ts'
import { likely, type Match } from './reading.ts'
import { createSchemaStream } from './schema-stream.ts'
import { SchemaViews } from './schema-views.ts'
import { type Answer, failedEnding, isWhole } from './terminal-check.ts'
import type { Change, Verdict } from './verdict.ts'
import type { View } from './view.ts'

/** Checks the answers to one schema. It keeps no state and may be shared. */
export interface OutputReader<Output> {
  /** The schema as it goes into a request; each provider fits it to its own strict mode. */
  readonly jsonSchema: JsonSchema
  /** What has to be added to the prompt so that a model knows the schema; empty if it is told otherwise. */
  instruction(structuredOutput: ModelCapabilities['structuredOutput']): string
  /**
   * Reads an answer. Resolves with a value that the schema has validated, or with the one reason why
   * there is none. Rejects only if the user's own schema throws.
   */
  read(answer: Answer): Promise<Verdict<Output>>
  /** Starts reading one answer while it is written. Its last word is still `read`. */
  stream(): PartialStream<Output>
}

export interface OutputReaderOptions {
  /** Whether `likely` changes are made; `likely` by default, `strict` proposes them instead. */
  readonly policy?: 'strict' | 'likely'
  /** What becomes of keys that the schema does not name; `strip` by default. */
  readonly unknownKeys?: 'strip' | 'refuse'
  /** How large an answer may be; see `OutputLimits` for the defaults. */
  readonly limits?: Partial<OutputLimits>
}

/** What a reader knows of its schema and options. */
interface Rules<Output> {
  readonly schema: StandardSchemaV1<unknown, Output>
  readonly view: View
  readonly limits: OutputLimits
  readonly mend: MendOptions
  readonly isStrict: boolean
}

/**
 * Makes the reader of a schema.
 *
 * @throws INVALID_CONFIG where the schema cannot be printed as JSON Schema, or an option is wrong.
 * @example
 * const reader = createOutputReader(z.object({ urgency: z.number().min(0).max(1) }))
 * const verdict = await reader.read({ text: '```json\n{"urgency": "0.8"}\n```', finishReason: 'stop' })
 * // { ok: true, value: { urgency: 0.8 }, changes: [surrounding-text, number-in-string] }
 */
export function createOutputReader<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  options: OutputReaderOptions = {},
): OutputReader<Output> {
  const { policy = 'likely', unknownKeys = 'strip' } = options
  if (policy !== 'strict' && policy !== 'likely') {
    throw invalidConfig('policy', policy, "'strict' or 'likely'")
  }
  if (unknownKeys !== 'strip' && unknownKeys !== 'refuse') {
    throw invalidConfig('unknownKeys', unknownKeys, "'strip' or 'refuse'")
  }
  const jsonSchema = toJsonSchema(schema)
  const limits = resolveLimits(options.limits)
  const rules: Rules<Output> = {
    schema,
    view: new SchemaViews(jsonSchema).rootView,
    limits,
    mend: { known: knownKeysOf(jsonSchema), maxDepth: limits.maxDepth, unknownKeys },
    isStrict: policy === 'strict',
  }
  return {
    jsonSchema,
    instruction: (structuredOutput) => writeInstruction(jsonSchema, structuredOutput),
    read: async (answer) => readAnswer(answer, rules),
    stream: () => createSchemaStream<Output>(rules.view, limits, rules.isStrict),
  }
}

/** The way of an answer through the stages; each either settles it or hands it on. */
function readAnswer<Output>(
  answer: Answer,
  rules: Rules<Output>,
): Verdict<Output> | Promise<Verdict<Output>> {
  const ended = failedEnding(answer)
  if (ended !== undefined) return { ok: false, failure: ended }
  const { text } = answer
  const { limits } = rules
  if (text.length > limits.maxLength) return tooLarge(text, `longer than ${limits.maxLength}`)
  const parsed = parseExact(text, limits.maxDepth)
  if (parsed.kind === 'too-deep') return tooLarge(text, `nested deeper than ${limits.maxDepth}`)
  const exact = readExact(parsed, rules)
  if (exact instanceof Promise) {
    return exact.then((validation) => takeOrMend(validation, answer, rules))
  }
  return takeOrMend(exact, answer, rules)
}

/** What the schema says of JSON as it stands; undefined where the text or the policy needs more. */
function readExact<Output>(
  parsed: ExactJson,
  rules: Rules<Output>,
): Validation<Output> | Promise<Validation<Output>> | undefined {
  if (parsed.kind !== 'value' || parsed.isDoubtful) return undefined
  // Schemas drop unknown keys silently; whether they may is the policy's to say.
  if (rules.mend.unknownKeys === 'refuse' || knowsNoKey(parsed.value, rules.view)) return undefined
  return mayBeCall(parsed.value) ? undefined : validate(rules.schema, parsed.value)
}

/** A value that `JSON.parse` and the schema accept is returned as it is. */
function takeOrMend<Output>(
  exact: Validation<Output> | undefined,
  { text, finishReason }: Answer,
  rules: Rules<Output>,
): Verdict<Output> | Promise<Verdict<Output>> {
  if (exact?.ok) return { ok: true, value: exact.value, changes: noChanges }
  const options = isWhole(finishReason) ? rules.mend : { ...rules.mend, mayBeCut: true }
  return judge(text, mend(text, rules.view, options), rules)
}

const noChanges: readonly Change[] = []

/** The user's schema has the last word over a value that the stages agreed on. */
function judge<Output>(
  text: string,
  mended: Mended,
  rules: Rules<Output>,
): Verdict<Output> | Promise<Verdict<Output>> {
  if (!mended.ok) return { ok: false, failure: failureOf(text, mended) }
  if (rules.isStrict && needsPolicy(mended)) return { ok: false, failure: notAllowed(text, mended) }
  const conclude = (validation: Validation<Output>): Verdict<Output> => {
    if (validation.ok) return { ok: true, value: validation.value, changes: mended.changes }
    return { ok: false, failure: rejectedBySchema(text, mended.value, validation.issues) }
  }
  const validation = validate(rules.schema, mended.value)
  return validation instanceof Promise ? validation.then(conclude) : conclude(validation)
}

const needsPolicy = (reading: Match): boolean => reading.rank === likely

function tooLarge(text: string, message: string): Verdict<never> {
  const fault = { cause: 'hostile', at: 0, message: `the answer is ${message}` } as const
  return { ok: false, failure: failureOf(text, broken(text, fault)) }
}
