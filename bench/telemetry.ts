/**
 * Measures what telemetry costs a call of five spans, in CPU time, beside OpenTelemetry's own spans in
 * the same run; and how long a prompt of a megabyte holds the event loop up.
 *
 * Usage: node bench/telemetry.ts [--calls 20000]
 */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from '@opentelemetry/sdk-logs'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { systemClock } from '../src/base/clock.ts'
import { silentTelemetry, type Telemetry } from '../src/base/telemetry-port.ts'
import { createTelemetry, type LiveTelemetry } from '../src/telemetry/create-telemetry.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'

const { values } = parseArgs({ options: { calls: { type: 'string', default: '20000' } } })
const calls = Number(values.calls)

const attempt = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.request.max_tokens': 800,
  'gen_ai.request.stream': true,
  'gen_ai.output.type': 'json',
  'holdfast.attempt': 1,
  'holdfast.attempt.reason': 'first',
}
const ending = {
  'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
  'gen_ai.response.id': 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.response.time_to_first_chunk': 0.31,
  'gen_ai.usage.input_tokens': 812,
  'gen_ai.usage.output_tokens': 164,
}
const outcome = {
  'holdfast.source': 'primary',
  'holdfast.degraded': false,
  'holdfast.attempts': 1,
  'holdfast.usage.input_tokens': 812,
  'holdfast.usage.output_tokens': 164,
  'holdfast.cost.usd': 0.000531,
}

/** What a pipeline with one prompt does: five spans, one of them an attempt with its contents. */
function makeCall(telemetry: Telemetry, prompt: string): void {
  const root = telemetry.startTrace('llm.call onboarding', { 'holdfast.pipeline': 'onboarding' })
  root.child('memory.read').end()
  root.child('context.build').end()
  const chat = root.child('chat gpt-5-mini', attempt, 'client')
  chat.content('gen_ai.input.messages', [{ role: 'user', content: prompt }])
  chat.set(ending)
  chat.content('gen_ai.output.messages', [{ role: 'assistant', content: prompt }])
  chat.end()
  root.child('output.check').end()
  root.set(outcome)
  root.end()
}

/** The same five spans by OpenTelemetry alone, as another library would make them. */
function makePlainSpans(provider: Pick<TracerProvider, 'getTracer'>): void {
  const tracer = provider.getTracer('plain')
  const root = tracer.startSpan('llm.call onboarding')
  const context = trace.setSpan(ROOT_CONTEXT, root)
  for (const name of ['memory.read', 'context.build', 'output.check']) {
    tracer.startSpan(name, {}, context).end()
  }
  const chat = tracer.startSpan('chat', { kind: SpanKind.CLIENT, attributes: attempt }, context)
  chat.setAttributes(ending)
  chat.end()
  root.setAttributes(outcome)
  root.end()
}

const nothing: SpanExporter & LogRecordExporter = {
  export: (_records: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => {},
  forceFlush: async () => {},
}

function createSdk(spans: SpanExporter, logs: LogRecordExporter, maxQueueSize = 1_000_000) {
  const queue = { maxQueueSize, scheduledDelayMillis: 200 }
  const spanProcessor = new BatchSpanProcessor({ exporter: spans, ...queue })
  const logProcessor = new BatchLogRecordProcessor({ exporter: logs, ...queue })
  return {
    providers: {
      tracerProvider: new TracerProvider({ spanProcessors: [spanProcessor] }),
      loggerProvider: new LoggerProvider({ processors: [logProcessor] }),
      meterProvider: new MeterProvider(),
    },
    flush: () => Promise.all([spanProcessor.forceFlush(), logProcessor.forceFlush()]),
  }
}

const rounds = 15

/** The first rounds are for the compiler. */
const warmUps = 5

/**
 * CPU microseconds per call, the best of many short rounds: what is more is what else the machine does.
 */
async function cost(
  call: () => void,
  settle: () => Promise<unknown>,
  most = calls,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  const each = Math.ceil(most / 5)
  for (let round = 0; round < rounds + warmUps; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < each; n++) {
      call()
      if (n % 50 === 49) await settle()
    }
    await settle()
    const { user, system } = process.cpuUsage(before)
    if (round >= warmUps) best = Math.min(best, (user + system) / each)
  }
  return best
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const words = 'The customer asks whether the parcel can still be sent to another address today. '
const textOf = (length: number) => words.repeat(Math.ceil(length / words.length)).slice(0, length)

function create(options: Partial<Parameters<typeof createTelemetry>[0]>): LiveTelemetry {
  return createTelemetry({
    clock: systemClock,
    logger: silent,
    redactor: createRedactor(),
    ...options,
  })
}

/**
 * A receiver in a process of its own, so that what it does is not counted here. One that hangs takes
 * what is sent and never answers.
 */
async function startReceiver(hangs = false): Promise<{ url: string; stop(): void }> {
  const answer = hangs ? '' : "q.on('end', () => r.end('{}'))"
  const program = `require('http').createServer((q, r) => { q.resume(); ${answer} }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['--eval', program])
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  )
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}

const rows: [string, number, string][] = []
const measure = async (name: string, goal: string, work: Promise<number>) => {
  rows.push([name, await work, goal])
}

const idle = async () => {}
const receiver = await startReceiver()
const plain = createSdk(nothing, nothing)
await measure(
  'OpenTelemetry API alone, no SDK',
  '',
  cost(() => makePlainSpans(trace), idle),
)
await measure(
  'OpenTelemetry SDK alone, batch, nothing sent',
  '',
  cost(() => makePlainSpans(plain.providers.tracerProvider), plain.flush),
)
await measure(
  'silent telemetry',
  '',
  cost(() => makeCall(silentTelemetry, ''), idle),
)
const bare = create({})
await measure(
  'spans, metrics, log line; no SDK, no store',
  '',
  cost(() => makeCall(bare, ''), idle),
)
const quiet = create({ otel: false })
await measure(
  'the same with OpenTelemetry off',
  '',
  cost(() => makeCall(quiet, ''), idle),
)
const logger = createLogger('info', openSync('/dev/null', 'w'))
const logged = create({ logger })
await measure(
  'with pino to /dev/null',
  '',
  cost(() => makeCall(logged, ''), turn),
)
const sdk = createSdk(nothing, nothing)
const exported = create({ ...sdk.providers, content: 'off' })
await measure(
  'with an SDK, batch, no content',
  '',
  cost(() => makeCall(exported, ''), sdk.flush),
)
const otlp = createSdk(
  new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` }),
  new OTLPLogExporter({ url: `${receiver.url}/v1/logs` }),
)
const sent = create({ ...otlp.providers, content: 'off' })
await measure(
  'with an SDK, sent as OTLP, no content',
  '≤ 150',
  cost(() => makeCall(sent, ''), otlp.flush),
)
const told = create({ ...otlp.providers })
const both = async (telemetry: LiveTelemetry) => {
  await telemetry.flush()
  await otlp.flush()
}
await measure(
  'the same with 2 KB + 2 KB redacted, as events',
  '≤ 350',
  cost(
    () => makeCall(told, textOf(2_048)),
    () => both(told),
    calls / 4,
  ),
)
const hung = await startReceiver(true)
const stuck = createSdk(
  new OTLPTraceExporter({ url: `${hung.url}/v1/traces` }),
  new OTLPLogExporter({ url: `${hung.url}/v1/logs` }),
  2_048,
)
const delayed = create({ ...stuck.providers, content: 'off' })
await measure(
  'with an SDK whose exporter hangs, no content',
  '< 1,000',
  cost(() => makeCall(delayed, ''), turn),
)
const waitedMs = wallTime(() => makeCall(delayed, ''))
hung.stop()
const kept = create({ traces: { save: async () => {} } })
for (const [size, length] of [
  ['2 KB + 2 KB', 2_048],
  ['20 KB + 20 KB', 20_480],
] as const) {
  const text = textOf(length)
  await measure(
    `kept, ${size} redacted, no SDK`,
    '',
    cost(
      () => makeCall(kept, text),
      () => kept.flush(),
      calls / 20,
    ),
  )
}
receiver.stop()

console.log(
  `CPU per call of five spans, best of ${rounds} × ${calls / 5} (Node ${process.version})\n`,
)
for (const [name, microseconds, goal] of rows) {
  console.log(`${name.padEnd(52)} ${microseconds.toFixed(1).padStart(8)} µs  ${goal}`)
}

console.log(
  `\nAn exporter that hangs adds ${waitedMs.toFixed(3)} ms of waiting to a call (median; goal: less than 1 ms)`,
)

const large = textOf(1024 * 1024)
const endings: number[] = []
let longestTurn = 0
let isMeasuring = true
const watchTurns = (sinceMicroseconds: number) => {
  const now = threadTime()
  longestTurn = Math.max(longestTurn, now - sinceMicroseconds)
  if (isMeasuring) setImmediate(watchTurns, now)
}
setImmediate(watchTurns, threadTime())
const before = threadTime()
for (let n = 0; n < 10; n++) {
  const startedAt = threadTime()
  makeCall(kept, large)
  endings.push(threadTime() - startedAt)
  await kept.flush()
}
isMeasuring = false
const total = (threadTime() - before) / 10
console.log(
  `\n1 MB + 1 MB: ending the call takes ${milliseconds(median(endings))} (median); redacting it beside the call takes ${milliseconds(total)} in turns of the event loop of at most ${milliseconds(longestTurn)}`,
)

/** CPU time of this thread alone in microseconds: what others do on the machine is not in it. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Milliseconds that a call takes of those who wait for it. */
function wallTime(call: () => void): number {
  const times = Array.from({ length: 2_000 }, () => {
    const startedAt = performance.now()
    call()
    return performance.now() - startedAt
  })
  return median(times)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(1)} ms`
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
