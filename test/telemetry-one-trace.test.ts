import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import type { TraceRecord } from '../src/model/trace.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { createTestSdk } from '../src/telemetry/sdk.fixture.ts'
import { drawWaterfall } from '../src/telemetry/waterfall.ts'
import { fails, says, scriptedModel } from '../src/testing/scripted-model.ts'

/** From the HTTP request of a caller, through the queue, to the worker and the providers: one trace. */

const folder = mkdtempSync(join(tmpdir(), 'holdfast-trace-'))
const sdk = createTestSdk()
let app: HoldfastParts
let server: RunningServer

beforeAll(async () => {
  const usage = { inputTokens: 50, outputTokens: 9 }
  const down = fails({ kind: 'http', status: 503, headers: {}, body: '' })
  const triage = definePipeline({
    name: 'triage',
    input: z.object({ message: z.string() }),
    output: z.object({ intent: z.enum(['support', 'inquiry']) }),
    models: [
      scriptedModel({ id: 'primary-1', script: down }),
      scriptedModel({
        id: 'fallback-1',
        script: [
          says('{"intent": "nonsense"}', { usage }),
          says("{'intent': 'support',}", { usage }),
        ],
      }),
    ],
    policy: { retries: { baseDelayMs: 20 } },
    deadlineMs: 10_000,
    prompt: ({ input }) => ({ user: `Sort: ${input.message}` }),
    canned: () => ({ intent: 'inquiry' as const }),
  })
  app = await createHoldfast({
    pipelines: { triage },
    data: join(folder, 'data'),
    logger: createLogger('silent'),
    telemetry: sdk.providers,
  })
  server = await startServer({ app, port: 0 })
})

afterAll(async () => {
  await server?.close()
  await app?.close()
  await sdk.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

async function enqueueAndWait(): Promise<void> {
  const response = await fetch(`${server.url}/v1/pipelines/triage/answers`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${caller.traceId}-${caller.spanId}-01`,
    },
    body: JSON.stringify({ input: { message: 'My mail is jo.doe@example.com, call me.' } }),
  })
  const { id } = (await response.json()) as { id: string }
  const events = await fetch(`${server.url}/v1/answers/${id}/events`)
  expect(await events.text()).toContain('answer-finished')
}

describe('one trace', () => {
  let stored: TraceRecord

  beforeAll(async () => {
    await enqueueAndWait()
    const response = await fetch(`${server.url}/v1/traces/${caller.traceId}`)
    stored = (await response.json()) as TraceRecord
  })

  it('goes from the request through the queue to the worker and its attempts', () => {
    const spans = sdk.spans().map((span) => ({
      name: span.name,
      id: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId,
      trace: span.spanContext().traceId,
    }))
    expect(new Set(spans.map(({ trace }) => trace))).toEqual(new Set([caller.traceId]))
    const find = (name: string) => spans.find((span) => span.name === name)
    const enqueue = find('answer.enqueue triage')
    const call = find('llm.call triage')
    expect(enqueue?.parent).toBe(caller.spanId)
    expect(find('queue.wait')?.parent).toBe(enqueue?.id)
    expect(call?.parent).toBe(enqueue?.id)
    for (const name of [
      'context.build',
      'retry.backoff',
      'chat primary-1',
      'chat fallback-1',
      'output.check',
    ]) {
      expect([name, find(name)?.parent]).toEqual([name, call?.id])
    }
  })

  it('is one trace in the store too, from acceptance to answer', () => {
    expect(stored.name).toBe('llm.call triage')
    expect(stored.attributes['holdfast.source']).toBe('fallback')
    expect(stored.spans).toHaveLength(sdk.spans().length)
    expect(stored.spans[0]?.name).toBe('answer.enqueue triage')
    expect(stored.startedAtMs).toBe(stored.spans[0]?.startedAtMs)
  })

  it('holds the prompt without what is private in it', () => {
    const text = JSON.stringify(stored)
    expect(text).toContain('Sort: My mail is [EMAIL_1], call me.')
    expect(text).not.toContain('jo.doe')
  })

  it('can be drawn', () => {
    const lines = drawWaterfall(stored).split('\n')
    expect(lines[0]).toMatch(/^answer\.enqueue triage/)
    expect(lines).toContainEqual(expect.stringMatching(/^ {4}chat primary-1 .*failed: overloaded$/))
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {4}chat fallback-1 .*stop · 50→9 tokens · correction$/),
    )
  })

  it('is measured: attempts, the wait, what was mended and what was sent back', () => {
    const text = app.metrics()
    const labels = 'model="fallback-1",schema="triage"'
    expect(text).toContain(`holdfast_output_rejected_total{${labels},cause="schema"} 1`)
    expect(text).toMatch(
      new RegExp(`holdfast_output_recovered_total\\{${labels},rule="[^"]+"\\} 1`),
    )
    expect(text).toContain('holdfast_queue_wait_seconds_count{holdfast_pipeline="triage"} 1')
    expect(text).toMatch(
      /holdfast_attempts_total\{.*"primary-1",cause="retry",outcome="overloaded"\} 1/,
    )
    expect(text).toMatch(
      /holdfast_attempts_total\{.*"fallback-1",cause="correction",outcome="ok"\} 1/,
    )
    expect(text).toMatch(/holdfast_calls_degraded_total\{.*holdfast_source="fallback".*\} 1/)
  })
})
