import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startDeadline } from '../../base/deadline.ts'
import type { FaultEvidence } from '../../model/fault.ts'
import type { FinishReason } from '../../model/model.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { type FakeTimeReading, readInFakeTime } from '../../testing/read-in-fake-time.ts'
import { type Script, type ScriptStep, says, scriptedModel } from '../../testing/scripted-model.ts'
import type { CallEvent } from '../call-event.ts'
import { type ProtectPolicy, protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Tell me.' }] } as const

const evidence = fc.constantFrom<FaultEvidence>(
  { kind: 'http', status: 503, headers: {}, body: '' },
  { kind: 'http', status: 429, headers: { 'retry-after-ms': '150' }, body: '' },
  { kind: 'http', status: 429, headers: { 'retry-after': '120' }, body: '' },
  { kind: 'http', status: 429, headers: {}, body: '{"error":{"code":"insufficient_quota"}}' },
  { kind: 'http', status: 400, headers: {}, body: '' },
  { kind: 'http', status: 401, headers: {}, body: '' },
  { kind: 'network', code: 'ECONNRESET', sent: true },
  { kind: 'network', code: 'ECONNREFUSED', sent: false },
  { kind: 'error-event', body: '{"error":{"type":"overloaded_error"}}', headers: {} },
  { kind: 'protocol', problem: 'html', excerpt: '<html>' },
  { kind: 'cut' },
)

const lastStep = fc.oneof(
  evidence.map((found): ScriptStep => ({ type: 'fault', evidence: found })),
  fc.constant<ScriptStep>({ type: 'hang' }),
  fc.constant<ScriptStep>({ type: 'throw', error: new TypeError('a bug in the client') }),
  fc
    .constantFrom<FinishReason>('stop', 'length', 'content-filter', 'refusal', 'error', 'other')
    .map((finishReason): ScriptStep => ({ type: 'finish', finishReason, response: {} })),
)

const pause = fc.constantFrom(0, 0, 5, 40, 400, 2_500)

/** A whole answer, or the beginning of one with any end, at any speed, with pings and reasoning between. */
function scriptOf(text: string) {
  return fc
    .record({
      isWhole: fc.boolean(),
      at: fc.nat(text.length),
      length: fc.integer({ min: 1, max: 5 }),
      firstMs: pause,
      chunkMs: pause,
      reasons: fc.boolean(),
      last: lastStep,
    })
    .map(({ isWhole, at, length, firstMs, chunkMs, reasons, last }): Script => {
      const opening: Script = reasons
        ? [
            { type: 'response-started', response: {} },
            { type: 'reasoning-delta', text: 'hm' },
          ]
        : []
      if (isWhole) return [...opening, ...says(text, { chunkLength: length, firstMs, chunkMs })]
      // A clean end without content is empty; with half a text it would be a whole answer of its own.
      const isEmpty = last.type === 'finish' && last.finishReason === 'stop'
      const said = says(isEmpty ? '' : text.slice(0, at), { chunkLength: length, firstMs, chunkMs })
      return [...opening, ...said.slice(0, -1), last]
    })
}

/** White space at the edges, surrogate pairs, and text that repeats itself. */
const texts = [
  ' One two  two two\n🦑🦑 three. ',
  '日本語 🙂 text\n\nwith two paragraphs ',
  'ha ha ha ha',
]

const scenario = fc.record({
  scripts: fc.array(
    fc
      .integer({ min: 0, max: 2 })
      .chain((index) => fc.array(scriptOf(texts[index] ?? ''), { minLength: 1, maxLength: 3 })),
    { minLength: 1, maxLength: 3 },
  ),
  stream: fc.boolean(),
  deadlineMs: fc.constantFrom(40, 200, 1_000, 3_000, 8_000),
  policy: fc.record({
    midStream: fc.constantFrom('restart', 'finish'),
    acceptLength: fc.boolean(),
    hedge: fc.constantFrom(undefined, { afterMs: 30, share: 1 }),
    singleFlight: fc.boolean(),
  }),
  seed: fc.nat(),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

async function play({ scripts, stream, deadlineMs, policy, seed }: Scenario, abortAtMs?: number) {
  const clock = createFakeClock()
  const models = scripts.map((list, index) =>
    scriptedModel({ clock, id: `m${index}`, provider: `p${index}`, script: list }),
  )
  const { hedge, ...rest } = policy
  const model = protect(models, {
    ...(rest as ProtectPolicy),
    ...(hedge && { hedge }),
    clock,
    random: randomFrom(seed),
  })
  const caller = new AbortController()
  const cancel =
    abortAtMs === undefined ? () => {} : clock.setTimer(abortAtMs, () => caller.abort('gone'))
  const deadline = startDeadline(clock, deadlineMs, caller.signal)
  const reading = await readInFakeTime(clock, model.call(request, { deadline, stream }), deadlineMs)
  cancel()
  deadline.release()
  return { clock, models, model, reading }
}

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

function deliveredText(events: readonly CallEvent[]): string {
  let text = ''
  for (const event of events) {
    if (event.type === 'reset') text = ''
    if (event.type === 'text-delta') text += event.text
  }
  return text
}

function checkNothingIsLeft({ clock, models, model }: Awaited<ReturnType<typeof play>>) {
  expect(clock.pendingTimers).toBe(0)
  for (const { open } of models) expect(open).toBe(0)
  for (const { inFlight, queued } of model.health())
    expect({ inFlight, queued }).toEqual({ inFlight: 0, queued: 0 })
}

function outcomeOf({ events }: FakeTimeReading<CallEvent>) {
  const last = events.at(-1)
  if (last?.type !== 'call-finished') throw new Error('The last event is not call-finished')
  return last.outcome
}

test('every call ends once before its deadline', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const played = await play(given)
      const { reading, models } = played
      expect(reading.error).toBeUndefined()
      expect(reading.endedAfterMs).toBeLessThanOrEqual(given.deadlineMs)
      expect(reading.events.filter(({ type }) => type === 'call-finished')).toHaveLength(1)
      const outcome = outcomeOf(reading)
      if (outcome.status === 'complete') {
        expect(texts).toContain(outcome.result.text)
        if (given.stream) expect(deliveredText(reading.events)).toBe(outcome.result.text)
      }
      if (outcome.status === 'partial') {
        expect(texts.some((text) => text.startsWith(outcome.text))).toBe(true)
        if (given.stream) expect(deliveredText(reading.events)).toBe(outcome.text)
      }
      const requests = models.reduce((sum, { calls }) => sum + calls.length, 0)
      expect(outcome.attempts.map(({ attempt }) => attempt)).toEqual(
        Array.from({ length: requests }, (_, index) => index + 1),
      )
      expect(requests).toBeLessThanOrEqual(models.length + 2)
      checkNothingIsLeft(played)
    }),
    { numRuns: 600 },
  )
})

test("a caller's abort ends the call at once and frees everything", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, fc.integer({ min: 0, max: 3_000 }), async (given, abortAtMs) => {
      const played = await play(given, abortAtMs)
      const { endedAfterMs = Infinity, error, events } = played.reading
      if (events.at(-1)?.type !== 'call-finished') {
        expect(error).toBe('gone')
        expect(endedAfterMs).toBe(abortAtMs)
      }
      checkNothingIsLeft(played)
    }),
    { numRuns: 300 },
  )
})
