import { expect, test } from 'vitest'
import { type Attributes, silentTelemetry, type Telemetry } from '../../base/telemetry-port.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { fails, says, scriptedModel } from '../../testing/scripted-model.ts'
import { protect } from '../protect.ts'

const down = fails({ kind: 'http', status: 500, headers: {}, body: '' })
const request = { messages: [{ role: 'user', content: 'Hi' }] } as const

/** Telemetry that remembers the roots of its traces. */
function createRecorder() {
  const roots: { name: string; attributes: Attributes; ended: unknown[] }[] = []
  const telemetry: Telemetry = {
    ...silentTelemetry,
    startTrace(name, attributes = {}) {
      const root = { name, attributes, ended: [] as unknown[] }
      roots.push(root)
      return {
        ...silentTelemetry.startTrace(name),
        set(more) {
          root.attributes = { ...root.attributes, ...more }
        },
        end(error) {
          root.ended.push(error)
        },
      }
    },
  }
  return { roots, telemetry }
}

async function drive<T>(work: Promise<T>, clock: ReturnType<typeof createFakeClock>) {
  const settled = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await clock.advance(10_000)
  return settled
}

test('a call outside a pipeline has a trace of its own', async () => {
  const clock = createFakeClock()
  const { roots, telemetry } = createRecorder()
  const usage = { inputTokens: 9, outputTokens: 3 }
  const primary = scriptedModel({ clock, script: down })
  const fallback = scriptedModel({ clock, id: 'second', script: says('Hello', { usage }) })
  const model = protect([primary, fallback], { clock, telemetry, name: 'greet' })
  const { signal } = new AbortController()
  await drive(model.generate(request, { signal }), clock)
  expect(roots).toHaveLength(1)
  expect(roots[0]).toMatchObject({
    name: 'llm.call greet',
    attributes: {
      'holdfast.pipeline': 'greet',
      'holdfast.source': 'fallback',
      'holdfast.degraded': true,
      'holdfast.degraded.reason': 'server-error',
      'holdfast.usage.input_tokens': 9,
    },
  })
  expect(roots[0]?.ended[0]).toBeUndefined()
})

test('a call without an answer ends its trace with the reason', async () => {
  const clock = createFakeClock()
  const { roots, telemetry } = createRecorder()
  const model = protect([scriptedModel({ clock, script: down })], { clock, telemetry })
  const { signal } = new AbortController()
  const outcome = await drive(model.generate(request, { signal }), clock)
  expect(outcome).toHaveProperty('error')
  expect(roots[0]?.attributes['error.type']).toBe('server-error')
  expect(roots[0]?.ended[0]).toBeInstanceOf(Error)
})

test('a stream that its reader leaves ends its trace', async () => {
  const clock = createFakeClock()
  const { roots, telemetry } = createRecorder()
  const script = says('one two three', { chunkMs: 10 })
  const model = protect([scriptedModel({ clock, script })], { clock, telemetry })
  const { signal } = new AbortController()
  const read = async () => {
    for await (const event of model.stream(request, { signal })) {
      if (event.type === 'text-delta') break
    }
  }
  await drive(read(), clock)
  expect(roots).toHaveLength(1)
  expect(roots[0]?.ended).toHaveLength(1)
})

test('a stream that nobody reads opens no trace', () => {
  const clock = createFakeClock()
  const { roots, telemetry } = createRecorder()
  const model = protect([scriptedModel({ clock, script: says('x') })], { clock, telemetry })
  model.stream(request, { signal: new AbortController().signal })[Symbol.asyncIterator]()
  expect(roots).toEqual([])
})
