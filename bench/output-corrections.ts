import { encode } from 'gpt-tokenizer'
import { fromJSONSchema, z } from 'zod'
import { silentTelemetry } from '../src/base/telemetry-port.ts'
import type { Answer } from '../src/model/answer.ts'
import type { JsonSchema } from '../src/model/message.ts'
import type { ModelRequest } from '../src/model/model.ts'
import { costUsd, findPrice, listPrices } from '../src/model/price.ts'
import { withJsonSchema } from '../src/model/schema.ts'
import type { Usage } from '../src/model/usage.ts'
import { formatCorrection, formatPartsCorrection } from '../src/output/correction.ts'
import { createOutputReader } from '../src/output/output-reader.ts'
import { fragmentAt } from '../src/output/schema-fragment.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { preparePipeline } from '../src/pipeline/prepare.ts'
import { runPipeline } from '../src/pipeline/run-pipeline.ts'
import { openMemoryStore } from '../src/store/open-memory-store.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { says, scriptedModel } from '../src/testing/scripted-model.ts'
import { createRandom, type DamagedCase, damagedAgain, damagedCase } from './output-damage.ts'
import { isHidden, isSame, withoutUnknown } from './output-judge.ts'

/**
 * The correction loop against a scripted model that knows the right answer. Its first answer is damaged;
 * what it is asked again it gets right but for a share of the times, when the answer is damaged anew.
 * No model is behind it: it shows what the loop makes of such answers, and what that costs.
 */
export interface CorrectionTally {
  readonly answers: number
  /** Answers that could not be used as they came nor be mended. */
  readonly failed: number
  readonly corrections: number
  readonly right: number
  readonly wrong: number
  /** Damaged into other valid JSON of the schema, which nobody can see. */
  readonly hidden: number
  readonly unanswered: number
  readonly tokens: number
  readonly correctionTokens: number
  readonly costUsd: number
  readonly correctionCostUsd: number
}

export interface CorrectionTrial {
  readonly count: number
  readonly seed: number
  /**
   * How often an answer to a correction is damaged again. Default 0.08: extraction errors fell by 92 %
   * within the first retry (PARSE, arXiv 2510.08623).
   */
  readonly damagedAgain?: number
}

const model = 'gpt-5-mini'
const clock = createFakeClock()
const store = openMemoryStore({ clock })
const services = {
  clock,
  telemetry: silentTelemetry,
  conversations: store.conversations,
  prices: listPrices,
  redact: (text: string) => text,
}

export async function tryCorrections(trial: CorrectionTrial): Promise<CorrectionTally> {
  const sum = {
    ...{ answers: 0, failed: 0, corrections: 0, right: 0, wrong: 0, hidden: 0, unanswered: 0 },
    ...{ tokens: 0, correctionTokens: 0, costUsd: 0, correctionCostUsd: 0 },
  }
  for (let at = 0; at < trial.count; at++) {
    const one = damagedCase(trial.seed + at)
    const said: string[] = []
    const answer = await answerOf(one, trial, trial.seed + at, said)
    sum.answers++
    const attempts = answer?.attempts ?? []
    const corrections = attempts.filter(({ why }) => why === 'correction')
    if (answer === undefined) sum.unanswered++
    else if (isSame(one.original, withoutUnknown(answer.value, one.schema))) sum.right++
    else if (said.some((text) => isHidden(text, one.schema, answer.value))) sum.hidden++
    else sum.wrong++
    if (corrections.length > 0 || answer === undefined) sum.failed++
    sum.corrections += corrections.length
    sum.tokens += attempts.reduce((total, { usage }) => total + tokens(usage), 0)
    sum.correctionTokens += corrections.reduce((total, { usage }) => total + tokens(usage), 0)
    sum.costUsd += attempts.reduce((total, { costUsd = 0 }) => total + costUsd, 0)
    sum.correctionCostUsd += corrections.reduce((total, { costUsd = 0 }) => total + costUsd, 0)
  }
  return sum
}

async function answerOf(
  one: DamagedCase,
  trial: CorrectionTrial,
  seed: number,
  said: string[],
): Promise<Answer | undefined> {
  const { schema, original } = one
  const random = createRandom(seed * 7_919)
  const scripted = scriptedModel({
    clock,
    id: model,
    script({ number, request }) {
      const isDamaged = number > 1 && random() < (trial.damagedAgain ?? 0.08)
      const again = isDamaged ? damagedAgain(one, seed * 31 + number).raw : JSON.stringify(original)
      const text = number === 1 ? one.raw : again
      said.push(text)
      return says(text, { chunkLength: 16, usage: usageOf(request, text) })
    },
  })
  const pipeline = definePipeline({
    name: 'bench',
    input: z.object({}),
    output: withJsonSchema(
      fromJSONSchema(schema as Parameters<typeof fromJSONSchema>[0]),
      schema as JsonSchema,
    ),
    models: [scripted],
    deadlineMs: 60_000,
    prompt: () => ({ user: 'Read the document and give its data.' }),
    canned: 'none',
  })
  const prepared = await preparePipeline(pipeline, { services, defaultModels: [] })
  const start = { answerId: `ans_${seed}`, runNumber: 1, emit: () => undefined }
  return runPipeline(prepared, {}, start).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'NO_ANSWER') return undefined
    throw error
  })
}

/** One wrong part in an answer of some length: what its correction costs on the two roads. */
export interface CorrectionPrice {
  readonly characters: number
  /** US dollars for the message and the reply; the prompt and the answer before them are the same. */
  readonly whole: number
  readonly parts: number
}

const listSchema = z.object({
  items: z.array(z.object({ id: z.int(), name: z.string(), count: z.int().min(0) })),
})

export async function correctionPrices(): Promise<readonly CorrectionPrice[]> {
  const reader = createOutputReader(listSchema)
  const rows: CorrectionPrice[] = []
  for (const count of [1, 2, 4, 8, 16, 25, 50, 100, 200, 400]) {
    const items = Array.from({ length: count }, (_, id) => ({ id, name: 'A name', count: id }))
    const right = JSON.stringify({ items })
    const text = JSON.stringify({ items: items.with(-1, { id: 0, name: 'A name', count: -1 }) })
    const verdict = await reader.read({ text, finishReason: 'stop' })
    if (verdict.ok) throw new Error('the answer fits')
    const options = { previousText: text, schema: reader.jsonSchema }
    const parts = verdict.failure.issues.map(({ path }, index) => {
      return { name: `part${index + 1}`, path, schema: fragmentAt(reader.jsonSchema, path) }
    })
    const asked = formatPartsCorrection(verdict.failure, { parts }, options)
    rows.push({
      characters: text.length,
      whole: priceOf(formatCorrection(verdict.failure, options), right),
      parts: priceOf(asked + JSON.stringify(partsSchema(parts)), '{"part1":7}'),
    })
  }
  return rows
}

const partsSchema = (parts: readonly { name: string; schema: unknown }[]) =>
  Object.fromEntries(parts.map(({ name, schema }) => [name, schema]))

function priceOf(asked: string, reply: string): number {
  const usage = { inputTokens: encode(asked).length, outputTokens: encode(reply).length }
  const price = findPrice(model, listPrices)
  if (!price) throw new Error(`no price is known for ${model}`)
  return costUsd(usage, price)
}

function usageOf({ messages, output }: ModelRequest, text: string): Usage {
  const schema = output?.type === 'json' ? JSON.stringify(output.schema) : ''
  const said = messages.reduce((sum, { content }) => sum + encode(content).length, 0)
  return { inputTokens: said + encode(schema).length, outputTokens: encode(text).length }
}

const tokens = (usage: Usage | undefined): number =>
  usage === undefined ? 0 : usage.inputTokens + usage.outputTokens
