import { context } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDeadline } from '../src/base/deadline.ts'
import type { Span } from '../src/base/telemetry-port.ts'
import { seededRandom } from '../src/drill/seeded.ts'
import { failureReasons } from '../src/model/failure-reason.ts'
import { addUsage, noUsage, type Usage } from '../src/model/usage.ts'
import type { CallEvent, CallOptions, CallOutcome } from '../src/resilience/call-event.ts'
import { type ProtectPolicy, protect } from '../src/resilience/protect.ts'
import { createTelemetry, type LiveTelemetry } from '../src/telemetry/create-telemetry.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../src/testing/otlp-receiver.ts'
import { readInFakeTime } from '../src/testing/read-in-fake-time.ts'
import {
  cutAfter,
  fails,
  type Script,
  type ScriptedModel,
  says,
  scriptedModel,
} from '../src/testing/scripted-model.ts'

/**
 * What is exported has to be what was paid for. Each seed plays one scenario against scripted models
 * that know what they billed, with a real SDK that exports to a receiver of OTLP.
 */

const scenarios = 240

const clock = createFakeClock()
const tally = createTally()
const nowhere = () => {}
const logger = { debug: nowhere, info: nowhere, warn: nowhere, error: nowhere }
let receiver: OtlpReceiver
let sdk: ReturnType<typeof createSdk>
let telemetry: LiveTelemetry

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  sdk = createSdk(receiver.url)
  telemetry = createTelemetry({ clock, logger, redactor: createRedactor(), ...sdk.providers })
})

afterAll(async () => {
  await sdk?.shutdown()
  await receiver?.close()
  context.disable()
})

function createSdk(url: string) {
  const at = (signal: string) => ({ url: `${url}/v1/${signal}` })
  const spans = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(at('traces')),
    maxQueueSize: 10_000,
  })
  const logs = new BatchLogRecordProcessor({
    exporter: new OTLPLogExporter(at('logs')),
    maxQueueSize: 10_000,
  })
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(at('metrics')),
    exportIntervalMillis: 3_600_000,
  })
  const tracerProvider = new TracerProvider({ spanProcessors: [tally, spans] })
  const loggerProvider = new LoggerProvider({ processors: [logs] })
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    providers: { tracerProvider, loggerProvider, meterProvider },
    flush: () => Promise.all([spans.forceFlush(), logs.forceFlush(), reader.forceFlush()]),
    shutdown: () =>
      Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()]),
  }
}

/** Counts how often each span is started and ended. */
function createTally() {
  const open = new Map<string, string>()
  const wrong: string[] = []
  let started = 0
  const processor: SpanProcessor & {
    open: Map<string, string>
    wrong: string[]
    started(): number
  } = {
    open,
    wrong,
    started: () => started,
    onStart(span) {
      started++
      open.set(span.spanContext().spanId, span.name)
    },
    onEnd(span) {
      if (!open.delete(span.spanContext().spanId)) wrong.push(`${span.name} ended twice`)
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  return processor
}

/** One scenario: the models with what they do, and how they are called. */
interface Scene {
  readonly kind: string
  readonly scripts: readonly (readonly Script[])[]
  readonly policy?: Partial<ProtectPolicy>
  readonly stream?: boolean
  readonly deadlineMs?: number
  /** The caller gives up after so long. */
  readonly abortAfterMs?: number
  /** The reader stops the answer after so long. */
  readonly stopAfterMs?: number
  /** The answer is sent back once with what is wrong. */
  readonly corrects?: boolean
  /** The call was accepted by another process and has waited. */
  readonly waitedMs?: number
}

type Dice = (most: number) => number

const down = (status: number) => fails({ kind: 'http', status, headers: {}, body: '' }, 10)

function sceneOf(seed: number): Scene {
  const random = seededRandom(seed)
  const dice: Dice = (most) => Math.floor(random() * most)
  const usage = (): Usage => ({
    inputTokens: 1 + dice(5_000),
    outputTokens: 1 + dice(800),
    ...(dice(3) === 0 && { cachedInputTokens: dice(1) + 1 }),
    ...(dice(4) === 0 && { reasoningTokens: 1 }),
  })
  const answer = (options: { firstMs?: number } = {}) =>
    says('one two three four five six', {
      firstMs: 20 + dice(40),
      chunkMs: 5,
      usage: usage(),
      ...options,
    })
  const cut = () => cutAfter(answer(), 1 + dice(4), { type: 'fault', evidence: { kind: 'cut' } })
  const tooLong = (): Script =>
    answer().map((step) => (step.type === 'finish' ? { ...step, finishReason: 'length' } : step))
  const kinds: (() => Scene)[] = [
    () => ({ kind: 'plain', scripts: [[answer()]], stream: dice(2) === 0 }),
    () => ({ kind: 'retry', scripts: [[down(503), answer()], [answer()]] }),
    () => ({ kind: 'rate limit', scripts: [[down(429), down(429)], [answer()]] }),
    () => ({ kind: 'fallback', scripts: [[down(500), down(500), down(500)], [answer()]] }),
    () => ({ kind: 'all down', scripts: [[down(500)], [down(503)]] }),
    () => ({
      kind: 'hedge',
      scripts: [[answer({ firstMs: 1_000 + dice(500) })], [answer()]],
      policy: { hedge: { afterMs: 100, share: 1 } },
    }),
    () => ({
      kind: 'lost hedge',
      scripts: [[answer({ firstMs: 180 })], [answer({ firstMs: 900 })]],
      policy: { hedge: { afterMs: 100, share: 1 } },
    }),
    () => ({ kind: 'abort', scripts: [[answer()]], abortAfterMs: 5 + dice(60) }),
    () => ({ kind: 'stop', scripts: [[answer()]], stopAfterMs: 5 + dice(60) }),
    () => ({ kind: 'cut, begun anew', scripts: [[cut()], [answer()]] }),
    () => ({
      kind: 'cut, gone on',
      scripts: [[cut()], [answer()]],
      policy: { midStream: 'continue' },
    }),
    () => ({
      kind: 'cut, finished',
      scripts: [[cut()], [answer()]],
      policy: { midStream: 'finish' },
    }),
    () => ({ kind: 'too long', scripts: [[tooLong()], [answer()]] }),
    () => ({ kind: 'hangs', scripts: [[[{ type: 'hang' }]], [answer()]], deadlineMs: 1_500 }),
    () => ({
      kind: 'correction',
      scripts: [[answer(), answer()]],
      corrects: true,
      deadlineMs: 20_000,
    }),
    () => ({ kind: 'job', scripts: [[cut()], [answer()]], waitedMs: 200 + dice(900) }),
  ]
  return kinds[seed % kinds.length]?.() ?? { kind: 'plain', scripts: [[answer()]] }
}

/** What became of one scenario, as those know who took part. */
interface Played {
  readonly scene: Scene
  readonly traceId: string
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
  for (const scripted of models) expect([seed, scripted.open]).toEqual([seed, 0])
  return {
    scene,
    traceId: root.traceId,
    requests: models.reduce((sum, { calls }) => sum + calls.length, 0),
    billed: models
      .map((scripted, index) => billOf(scripted, scene.scripts[index] ?? []))
      .reduce(addUsage, noUsage),
    settled: outcomes?.map(({ usage }) => usage).reduce(addUsage, noUsage),
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

  const attemptsOf = ({ traceId }: Played) =>
    receiver.spans.filter((span) => span.traceId === traceId && span.kind === 3)

  it('is what OTLP asks for', () => {
    expect(receiver.complaints).toEqual([])
    expect(receiver.spans.length).toBeGreaterThan(scenarios * 2)
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
      expect(attributes['gen_ai.input.messages']).toEqual([
        expect.objectContaining({
          role: 'user',
          parts: [expect.objectContaining({ type: 'text' })],
        }),
        ...(attributes['gen_ai.input.messages'] as unknown[]).slice(1),
      ])
    }
  })

  it('makes the wait in the queue part of the trace', () => {
    const waits = receiver.spans.filter(({ name }) => name === 'queue.wait')
    const jobs = played.filter(({ scene }) => scene.waitedMs !== undefined)
    expect(waits).toHaveLength(jobs.length)
    for (const { scene, traceId } of jobs) {
      const wait = waits.find((span) => span.traceId === traceId)
      expect(Math.round((wait?.endMs ?? 0) - (wait?.startMs ?? 0))).toBe(scene.waitedMs)
      expect(wait?.parentSpanId).toBe('b'.repeat(16))
    }
  })
})

describe('an exporter that hangs', () => {
  it('adds less than a millisecond to a call', async () => {
    const hung = await startOtlpReceiver({ hangs: true })
    const { providers } = createSdk(hung.url)
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
