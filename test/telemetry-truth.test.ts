import { context } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startDeadline } from '../src/base/deadline.ts'
import type { Span } from '../src/base/telemetry-port.ts'
import { seededRandom } from '../src/drill/seeded.ts'
import type { Answer } from '../src/model/answer.ts'
import { failureReasons } from '../src/model/failure-reason.ts'
import { addUsage, noUsage, type Usage } from '../src/model/usage.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { preparePipeline } from '../src/pipeline/prepare.ts'
import { runPipeline } from '../src/pipeline/run-pipeline.ts'
import type { CallEvent, CallOptions, CallOutcome } from '../src/resilience/call-event.ts'
import { protect } from '../src/resilience/protect.ts'
import { openMemoryStore } from '../src/store/open-memory-store.ts'
import { createTelemetry, type LiveTelemetry } from '../src/telemetry/create-telemetry.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { readInFakeTime } from '../src/testing/read-in-fake-time.ts'
import { type Script, type ScriptedModel, scriptedModel } from '../src/testing/scripted-model.ts'
import { createSdk, createTally, jsonExporters, protobufExporters } from './otlp/exporting-sdk.ts'
import { type OtlpReceiver, startOtlpReceiver } from './otlp/receiver.ts'
import { type Scene, sceneOf } from './otlp/scenes.ts'

/**
 * What is exported has to be what was paid for. Each seed plays one scenario against scripted models
 * that know what they billed, with a real SDK that exports to two receivers of OTLP: one by JSON, one by
 * protobuf. Both check each message against the protocol and the conventions.
 */

const scenarios = 240

const clock = createFakeClock()
const tally = createTally()
const nowhere = () => {}
const logger = { debug: nowhere, info: nowhere, warn: nowhere, error: nowhere }
let receiver: OtlpReceiver
let protobuf: OtlpReceiver
let sdk: ReturnType<typeof createSdk>
let telemetry: LiveTelemetry

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  protobuf = await startOtlpReceiver()
  sdk = createSdk([jsonExporters(receiver.url), protobufExporters(protobuf.url)], tally)
  telemetry = createTelemetry({ clock, logger, redactor: createRedactor(), ...sdk.providers })
})

afterAll(async () => {
  await sdk?.shutdown()
  await receiver?.close()
  await protobuf?.close()
  context.disable()
})

/** What became of one scenario, as those know who took part. */
interface Played {
  readonly scene: Scene
  readonly traceIds: readonly string[]
  readonly requests: number
  /** What the models said they used. */
  readonly billed: Usage
  /** What the calls say they used, estimates included; undefined where the caller gave up. */
  readonly settled: Usage | undefined
}

async function play(seed: number): Promise<Played> {
  const scene = sceneOf(seed)
  const models = scene.scripts.map((scripts, index) => {
    const last = scripts.at(-1) ?? []
    return scriptedModel({ clock, id: `model-${index}`, script: [...scripts, last] })
  })
  const { traceIds, settled } = await (scene.asks
    ? playPipeline(scene.asks, models)
    : playCall(scene, models, seed))
  for (const scripted of models) expect([seed, scripted.open]).toEqual([seed, 0])
  return {
    scene,
    traceIds,
    requests: models.reduce((sum, { calls }) => sum + calls.length, 0),
    billed: models
      .map((scripted, index) => billOf(scripted, scene.scripts[index] ?? []))
      .reduce(addUsage, noUsage),
    settled: settled?.reduce(addUsage, noUsage),
  }
}

type Settled = { readonly traceIds: readonly string[]; readonly settled: Usage[] | undefined }

/** A protected model alone. */
async function playCall(
  scene: Scene,
  models: readonly ScriptedModel[],
  seed: number,
): Promise<Settled> {
  const model = protect(models, { clock, telemetry, random: seededRandom(seed), ...scene.policy })
  const parent = { traceId: `c${seed.toString(16).padStart(31, '0')}`, spanId: 'b'.repeat(16) }
  const sentAtMs = scene.waitedMs === undefined ? undefined : clock.now() - scene.waitedMs
  const root = telemetry.startTrace(
    'llm.call scenario',
    { 'holdfast.pipeline': 'scenario' },
    sentAtMs === undefined ? undefined : { ...parent, sentAtMs },
  )
  const outcomes = await call(scene, root, (options) =>
    model.call({ messages: [{ role: 'user', content: 'Count to six.' }] }, options),
  )
  root.end(outcomes ? undefined : new Error('The caller gave up.'))
  return { traceIds: [root.traceId], settled: outcomes?.map(({ usage }) => usage) }
}

/** A pipeline with a cache, asked the same again and again. */
async function playPipeline(asks: number, models: readonly ScriptedModel[]): Promise<Settled> {
  const pipeline = definePipeline({
    name: 'counting',
    input: z.object({ message: z.string() }),
    output: z.object({ count: z.number() }),
    models,
    cache: { freshMs: 60_000, staleMs: 120_000 },
    deadlineMs: 8_000,
    prompt: ({ input }) => ({ system: 'Count.', user: input.message }),
    canned: () => ({ count: 0 }),
  })
  const { conversations } = openMemoryStore({ clock })
  const redact = (text: string) => text
  const services = { clock, telemetry, conversations, prices: {}, redact }
  const prepared = await preparePipeline(pipeline, { services, defaultModels: [], policy: {} })
  const answers: Answer[] = []
  for (let ask = 0; ask < asks; ask++) {
    const start = { answerId: `ans_${ask}`, runNumber: 1, emit: () => undefined }
    const running = runPipeline(prepared, { message: 'to six' }, start)
    await clock.advance(6_000)
    answers.push(await running)
  }
  const sources = answers.map(({ source }) => source)
  expect(sources).toEqual(['primary', ...Array<string>(asks - 1).fill('cache')])
  return {
    traceIds: answers.map(({ traceId }) => traceId),
    settled: answers.map(({ usage }) => usage),
  }
}

/** Makes the call, and a second one where the answer goes back; undefined where the caller gave up. */
async function call(
  scene: Scene,
  span: Span,
  start: (options: CallOptions) => AsyncIterable<CallEvent>,
): Promise<CallOutcome[] | undefined> {
  const abort = new AbortController()
  const stop = new AbortController()
  const deadline = startDeadline(clock, scene.deadlineMs ?? 5_000, abort.signal)
  const timers = [
    scene.abortAfterMs !== undefined &&
      clock.setTimer(scene.abortAfterMs, () => abort.abort(new Error('gone'))),
    scene.stopAfterMs !== undefined && clock.setTimer(scene.stopAfterMs, () => stop.abort()),
  ]
  const outcomes: CallOutcome[] = []
  let attempts = 0
  for (const why of scene.corrects ? (['first', 'correction'] as const) : (['first'] as const)) {
    const shared = { deadline, span, why, firstAttempt: attempts + 1, stop: stop.signal }
    const options = { ...shared, stream: scene.stream ?? true }
    const { events } = await readInFakeTime(clock, start(options), 6_000)
    const last = events.at(-1)
    if (last?.type === 'call-finished') {
      outcomes.push(last.outcome)
      attempts += last.outcome.attempts.length
    }
  }
  for (const cancel of timers) if (cancel) cancel()
  deadline.release()
  return abort.signal.aborted ? undefined : outcomes
}

/** What a provider would send an invoice for: the usage of each answer that it finished. */
function billOf({ calls }: ScriptedModel, scripts: readonly Script[]): Usage {
  return calls
    .filter(({ state }) => state === 'finished')
    .flatMap(({ number }) => scripts[number - 1] ?? scripts.at(-1) ?? [])
    .map((step) => (step.type === 'finish' ? (step.usage ?? noUsage) : noUsage))
    .reduce(addUsage, noUsage)
}

function usageOf(attributes: Readonly<Record<string, unknown>>): Usage {
  const count = (name: string) => Number(attributes[`gen_ai.usage.${name}`] ?? 0)
  return {
    inputTokens: count('input_tokens'),
    outputTokens: count('output_tokens'),
    cachedInputTokens: count('cache_read.input_tokens'),
    reasoningTokens: count('reasoning.output_tokens'),
  }
}

/** Sums that can be compared: without what is zero, and without the mark of estimates. */
function sums(usage: Usage): Usage {
  const { estimated: _estimated, ...sum } = addUsage(noUsage, usage)
  return sum
}

describe('what is exported', () => {
  const played: Played[] = []

  beforeAll(async () => {
    for (let seed = 1; seed <= scenarios; seed++) played.push(await play(seed))
    await telemetry.flush()
    await sdk.flush()
  })

  const attemptsOf = ({ traceIds }: Played) =>
    receiver.spans.filter((span) => traceIds.includes(span.traceId) && span.kind === 3)

  it('keeps to the protocol and the conventions, in JSON and in protobuf', () => {
    expect(receiver.complaints).toEqual([])
    expect(protobuf.complaints).toEqual([])
    expect([...receiver.contentTypes]).toEqual(['application/json'])
    expect([...protobuf.contentTypes]).toEqual(['application/x-protobuf'])
    expect(receiver.spans.length).toBeGreaterThan(scenarios * 2)
  })

  it('says the same in both', () => {
    expect(protobuf.spans).toEqual(receiver.spans)
    expect(protobuf.logs).toEqual(receiver.logs)
    expect(protobuf.points).toEqual(receiver.points)
  })

  it('has played every kind of scenario', () => {
    const kinds = new Set(played.map(({ scene }) => scene.kind))
    expect(kinds.size).toBe(19)
  })

  it('leaves no span open, and ends none twice', () => {
    expect([...tally.open.values()]).toEqual([])
    expect(tally.wrong).toEqual([])
    expect(receiver.spans).toHaveLength(tally.started())
  })

  it('is what the models billed, to the token', () => {
    for (const [index, each] of played.entries()) {
      const stated = attemptsOf(each)
        .filter(({ attributes }) => attributes['holdfast.usage.estimated'] !== true)
        .map(({ attributes }) => usageOf(attributes))
        .reduce(addUsage, noUsage)
      expect([index + 1, each.scene.kind, sums(stated)]).toEqual([
        index + 1,
        each.scene.kind,
        sums(each.billed),
      ])
    }
    const billed = played.map((each) => each.billed).reduce(addUsage, noUsage)
    expect(billed.inputTokens).toBeGreaterThan(100_000)
  })

  it('is what the calls say they used, estimates included', () => {
    for (const [index, each] of played.entries()) {
      if (!each.settled) continue
      const spans = attemptsOf(each).map(({ attributes }) => usageOf(attributes))
      expect([index + 1, sums(spans.reduce(addUsage, noUsage))]).toEqual([
        index + 1,
        sums(each.settled),
      ])
    }
  })

  it('has one client span for each request, and usage on no other', () => {
    for (const [index, each] of played.entries()) {
      expect([index + 1, each.scene.kind, attemptsOf(each).length]).toEqual([
        index + 1,
        each.scene.kind,
        each.requests,
      ])
    }
    const others = receiver.spans.filter(({ kind }) => kind !== 3)
    const names = others.flatMap(({ attributes }) => Object.keys(attributes))
    expect(names.filter((name) => name.startsWith('gen_ai.'))).toEqual([])
  })

  it('says of every attempt why it was made and how it ended', () => {
    const causes = new Set<unknown>()
    for (const { attributes, statusCode } of receiver.spans.filter(({ kind }) => kind === 3)) {
      causes.add(attributes['holdfast.attempt.reason'])
      const failure = attributes['error.type']
      expect(failure === undefined).toBe(statusCode !== 2)
      if (failure !== undefined) expect(failureReasons).toContain(failure)
    }
    expect([...causes].toSorted()).toEqual([
      'continuation',
      'correction',
      'fallback',
      'first',
      'hedge',
      'retry',
    ])
  })

  it('measures the same as it traces', () => {
    const spans = receiver.spans.filter(({ kind }) => kind === 3)
    const total = spans.map(({ attributes }) => usageOf(attributes)).reduce(addUsage, noUsage)
    const sum = (metric: string, type?: string) =>
      receiver.points
        .filter((point) => point.metric === metric)
        .filter(({ attributes }) => type === undefined || attributes['gen_ai.token.type'] === type)
        .reduce((all, { value }) => all + value, 0)
    expect(sum('gen_ai.client.token.usage', 'input')).toBe(total.inputTokens)
    expect(sum('gen_ai.client.token.usage', 'output')).toBe(total.outputTokens)
    expect(sum('holdfast.attempts')).toBe(spans.length)
    const text = telemetry.renderMetrics()
    const printed = [...text.matchAll(/^gen_ai_client_token_usage_sum\{.*"input"\} (\d+)$/gm)]
    expect(printed.reduce((all, [, value]) => all + Number(value), 0)).toBe(total.inputTokens)
  })

  it('tells contents in events of the attempts, as the conventions have them', () => {
    expect(receiver.logs.length).toBeGreaterThan(scenarios / 2)
    const attempts = new Set(
      receiver.spans.filter(({ kind }) => kind === 3).map(({ spanId }) => spanId),
    )
    for (const { eventName, spanId, attributes } of receiver.logs) {
      expect(eventName).toBe('gen_ai.client.inference.operation.details')
      expect(attempts).toContain(spanId)
      const asked = attributes['gen_ai.input.messages']
      expect(asked).toContainEqual({
        role: 'user',
        parts: [{ type: 'text', content: expect.any(String) }],
      })
    }
  })

  it('makes the wait in the queue part of the trace', () => {
    const waits = receiver.spans.filter(({ name }) => name === 'queue.wait')
    const jobs = played.filter(({ scene }) => scene.waitedMs !== undefined)
    expect(waits).toHaveLength(jobs.length)
    for (const { scene, traceIds } of jobs) {
      const wait = waits.find((span) => traceIds.includes(span.traceId))
      expect(Math.round((wait?.endMs ?? 0) - (wait?.startMs ?? 0))).toBe(scene.waitedMs)
      expect(wait?.parentSpanId).toBe('b'.repeat(16))
    }
  })
})

describe('an exporter that hangs', () => {
  it('adds less than a millisecond to a call', async () => {
    const hung = await startOtlpReceiver({ hangs: true })
    const { providers } = createSdk(
      [jsonExporters(hung.url), protobufExporters(hung.url)],
      createTally(),
    )
    const own = createTelemetry({ clock, logger, redactor: createRedactor(), ...providers })
    const calls = 3_000
    const startedAt = performance.now()
    for (let n = 0; n < calls; n++) {
      const root = own.startTrace('llm.call x')
      root.child('chat m', { 'gen_ai.operation.name': 'chat' }, 'client').end()
      root.end()
    }
    const addedMs = (performance.now() - startedAt) / calls
    expect(addedMs).toBeLessThan(1)
    await hung.close()
  })
})
