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
import type { CallOptions, CallOutcome } from '../src/resilience/call-event.ts'
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
  const spans = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(at('traces')), maxQueueSize: 10_000 })
  const logs = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(at('logs')), maxQueueSize: 10_000 })
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
    shutdown: () => Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()]),
  }
}

/** Counts how often each span is started and ended. */
function createTally() {
  const open = new Map<string, string>()
  const wrong: string[] = []
  let started = 0
  const processor: SpanProcessor & { open: Map<string, string>; wrong: string[]; started(): number } = {
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
    says('one two three four five six', { firstMs: 20 + dice(40), chunkMs: 5, usage: usage(), ...options })
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
    () => ({ kind: 'cut, gone on', scripts: [[cut()], [answer()]], policy: { midStream: 'continue' } }),
    () => ({ kind: 'cut, finished', scripts: [[cut()], [answer()]], policy: { midStream: 'finish' } }),
    () => ({ kind: 'too long', scripts: [[tooLong()], [answer()]] }),
    () => ({ kind: 'hangs', scripts: [[[{ type: 'hang' }]], [answer()]], deadlineMs: 1_500 }),
    () => ({ kind: 'correction', scripts: [[answer(), answer()]], corrects: true }),
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
  const parent = { traceId: seed.toString(16).padStart(32, 'a'), spanId: 'b'.repeat(16) }
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
    billed: models.map(billOf).reduce(addUsage, noUsage),
    settled: outcomes?.map(({ usage }) => usage).reduce(addUsage, noUsage),
  }
}

/** Makes the call, and a second one where the answer goes back; undefined where the caller gave up. */
async function call(
  scene: Scene,
  span: Span,
  start: (options: CallOptions) => AsyncIterable<import('../src/resilience/call-event.ts').CallEvent>,
): Promise<CallOutcome[] | undefined> {
  const abort = new AbortController()
  const stop = new AbortController()
  const deadline = startDeadline(clock, scene.deadlineMs ?? 5_000, abort.signal)
  const timers = [
    scene.abortAfterMs !== undefined && clock.setTimer(scene.abortAfterMs, () => abort.abort(new Error('gone'))),
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
function billOf({ calls, scripts }: ScriptedModel & { scripts?: never }): Usage {
  void scripts
  return calls
    .filter(({ state }) => state === 'finished')
    .map(({ bill }) => bill ?? noUsage)
    .reduce(addUsage, noUsage)
}
