import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrometheus, type TestPrometheus } from '../scripts/prometheus.ts'
import { systemClock } from '../src/base/clock.ts'
import { createTelemetry } from '../src/telemetry/create-telemetry.ts'
import { type Instrument, instruments } from '../src/telemetry/metrics/instruments.ts'
import { metricsContentType, prometheusName } from '../src/telemetry/metrics/prometheus-text.ts'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'

/** Every expression of the dashboard is run on a real Prometheus that scrapes a real `/metrics`. */

interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
    readonly targets?: readonly { readonly expr: string }[]
  }[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[]
  }
}

const file = new URL('../docs/grafana/holdfast.json', import.meta.url)
const dashboard = JSON.parse(readFileSync(file, 'utf8')) as Dashboard
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }, index) => ({ name: `${title} ${index + 1}`, expr })),
)

let prometheus: TestPrometheus
let server: Server
let stopTraffic = () => {}

beforeAll(async () => {
  const telemetry = createBusyTelemetry()
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': metricsContentType }).end(telemetry.renderMetrics())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterAll(async () => {
  stopTraffic()
  await prometheus?.stop()
  server?.close()
})

/** Telemetry in which everything that is measured goes on happening. */
function createBusyTelemetry() {
  const redactor = createRedactor({
    detectors: [
      (text) => {
        if (text.includes('unreadable')) throw new Error('This text cannot be looked at.')
        return []
      },
    ],
  })
  const fail = () => {
    throw new Error('The log is full.')
  }
  const logger = { debug: fail, info: fail, warn: fail, error: fail }
  const traces = { save: async () => {} }
  const telemetry = createTelemetry({ clock: systemClock, logger, redactor, traces })
  const timer = setInterval(() => {
    for (const source of ['primary', 'fallback', 'canned'] as const) makeCall(telemetry, source)
    const labels = { model: 'gpt-5-mini', schema: 'greet' }
    telemetry.measure('holdfast.output.recovered', 1, { ...labels, rule: 'trailing-comma' })
    telemetry.measure('holdfast.runs', 1, { 'holdfast.pipeline': 'onboarding', kind: 'first' })
    telemetry.measure('holdfast.precompute', 1, {
      pipeline: labels.schema,
      rule: 'after',
      outcome: 'hit',
    })
    telemetry.measure('holdfast.output.rejected', 1, { ...labels, cause: 'schema' })
    const checked = { 'holdfast.pipeline': 'greet', model: 'openai/gpt-5-mini' }
    telemetry.measure('holdfast.check.answers', 1, { ...checked, outcome: 'valid' })
    telemetry.measure('holdfast.model.changes', 1, { ...checked, change: 'fingerprint' })
  }, 20)
  stopTraffic = () => clearInterval(timer)
  return telemetry
}

function makeCall(telemetry: ReturnType<typeof createTelemetry>, source: string): void {
  const parent = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    sentAtMs: systemClock.now() - 30,
  }
  const root = telemetry.startTrace('llm.call greet', { 'holdfast.pipeline': 'greet' }, parent)
  root.child('memory.read').end()
  root
    .child('context.build', { 'holdfast.context.recent': 900, 'holdfast.context.total': 1_200 })
    .end()
  root.content('input', 'Write to jane@example.com, and to nobody unreadable.')
  root.content('note', 'jane@example.com')
  const attempt = root.child(
    'chat gpt-5-mini',
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'holdfast.attempt.reason': source === 'primary' ? 'first' : 'fallback',
    },
    'client',
  )
  attempt.set({
    'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
    'gen_ai.response.time_to_first_chunk': 0.2,
    'gen_ai.usage.input_tokens': 120,
    'gen_ai.usage.output_tokens': 40,
    'error.type': source === 'canned' ? 'overloaded' : undefined,
  })
  attempt.end(source === 'canned' ? new Error('overloaded') : undefined)
  const reason = source === 'primary' ? undefined : 'overloaded'
  root.set({ 'holdfast.source': source, 'holdfast.degraded.reason': reason })
  root.end()
}

/** What Grafana puts in for its variables. */
function filledIn(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '2s')
    .replaceAll('$pipeline', '.*')
    .replaceAll('$model', '.*')
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data?: { readonly result?: readonly { readonly value: readonly [number, string] }[] }
}

async function query(expr: string): Promise<Answer> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`)
  return (await response.json()) as Answer
}

/** The values of an expression, as soon as there are some that are numbers. */
async function valuesOf(expr: string): Promise<number[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status, error, data } = await query(expr)
    if (status !== 'success') throw new Error(`${expr}: ${error}`)
    const values = (data?.result ?? []).map(({ value }) => Number(value[1]))
    if (values.length > 0 && values.every(Number.isFinite)) return values
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${expr} has no series`)
}

describe('the dashboard for Grafana', () => {
  it('shows every instrument', () => {
    const all = queries.map(({ expr }) => expr).join('\n')
    const names = Object.entries(instruments).map(([name, instrument]: [string, Instrument]) =>
      prometheusName(name, instrument),
    )
    expect(names.filter((name) => !all.includes(name))).toEqual([])
  })

  it('gives each panel an id and a place of its own', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })

  it.each(queries)('finds series for: $name', async ({ expr }) => {
    const values = await valuesOf(filledIn(expr))
    expect(values.some((value) => value > 0)).toBe(true)
  })

  it('finds values for its variables', async () => {
    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
    expect(definitions).toHaveLength(2)
    for (const definition of definitions) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []
      const response = await fetch(
        `${prometheus.url}/api/v1/label/${label}/values?match[]=${metric}`,
      )
      const { data } = (await response.json()) as { data: readonly string[] }
      expect([definition, data.length]).toEqual([definition, 1])
    }
  })
})
