import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createTelemetry } from './create-telemetry.ts'
import { createRedactor } from './redact/redactor.ts'

function createLogged() {
  const clock = createFakeClock()
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...fields } })
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const telemetry = createTelemetry({ clock, logger, redactor: createRedactor(), otel: false })
  return { clock, lines, telemetry }
}

describe('the line of a call', () => {
  it('says who answered, at what cost, and where the time went', async () => {
    const { clock, lines, telemetry } = createLogged()
    const root = telemetry.startTrace('llm.call greet', {
      'holdfast.pipeline': 'greet',
      'holdfast.answer.id': 'ans_7',
    })
    const memory = root.child('memory.read')
    await clock.advance(5)
    memory.end()
    const attempt = root.child('chat m-1', { 'gen_ai.request.model': 'm-1' }, 'client')
    await clock.advance(200)
    attempt.end()
    root.set({
      'holdfast.source': 'primary',
      'holdfast.degraded': false,
      'holdfast.attempts': 1,
      'holdfast.usage.input_tokens': 12,
      'holdfast.usage.output_tokens': 4,
      'holdfast.cost.usd': 0.002,
    })
    root.end()
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'llm.call greet',
        fields: {
          traceId: root.traceId,
          pipeline: 'greet',
          answerId: 'ans_7',
          status: 'ok',
          source: 'primary',
          reason: undefined,
          model: 'm-1',
          attempts: 1,
          inputTokens: 12,
          outputTokens: 4,
          costUsd: 0.002,
          durationMs: 205,
          stations: { 'memory.read': 5, 'chat m-1': 200 },
        },
      },
    ])
  })

  it('says in a line of its own that a fallback answered', () => {
    const { lines, telemetry } = createLogged()
    const root = telemetry.startTrace('llm.call greet', { 'holdfast.pipeline': 'greet' })
    root.child('chat m-1', { 'gen_ai.request.model': 'm-1' }, 'client').end(new Error('down'))
    root.child('chat m-2', { 'gen_ai.request.model': 'm-2' }, 'client').end()
    root.set({
      'holdfast.source': 'fallback',
      'holdfast.degraded': true,
      'holdfast.degraded.reason': 'overloaded',
    })
    root.end()
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'The primary model did not answer; a fallback did.'],
      ['warn', 'llm.call greet'],
    ])
    expect(lines[0]?.fields).toEqual({
      traceId: root.traceId,
      pipeline: 'greet',
      reason: 'overloaded',
      model: 'm-2',
    })
  })

  it('says in a line of its own that an answer from before was given', () => {
    const { lines, telemetry } = createLogged()
    const root = telemetry.startTrace('llm.call greet')
    root.set({ 'holdfast.source': 'cache', 'holdfast.degraded': true })
    root.end()
    const fresh = telemetry.startTrace('llm.call greet')
    fresh.set({ 'holdfast.source': 'cache', 'holdfast.degraded': false })
    fresh.end()
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'No model answered; an answer from before was given again.'],
      ['warn', 'llm.call greet'],
      ['info', 'llm.call greet'],
    ])
  })

  it('is an error where there is no answer, and counts the wait in the queue', async () => {
    const { clock, lines, telemetry } = createLogged()
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sentAtMs: clock.now() }
    await clock.advance(1_500)
    telemetry.startTrace('llm.call greet', {}, parent).end(new Error('no answer for a@b.example'))
    expect(lines).toMatchObject([
      {
        level: 'error',
        fields: {
          traceId: parent.traceId,
          status: 'error',
          error: 'Error: no answer for [EMAIL_1]',
          stations: { 'queue.wait': 1_500 },
        },
      },
    ])
  })
})
