import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureReasons } from '../../model/failure-reason.ts'
import { isModelFault } from '../../model/fault.ts'
import type { Model, ModelEvent, ModelRequest, ModelResult } from '../../model/model.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import type { Mode } from './completion.ts'
import {
  type ExpectedOutcome,
  expectedOutcome,
  type FaultOptions,
  type RehearsalFault,
} from './fault.ts'
import { faultCatalogue, findFault } from './fault-catalogue.ts'
import { rehearsal } from './rehearsal.ts'
import { type RehearsalServer, startRehearsalServer } from './rehearsal-server.ts'

const clock = createFakeClock()
const dispatcher = new Agent()
let server: RehearsalServer
let model: Model

beforeAll(async () => {
  server = await startRehearsalServer({ tokensPerSecond: 0, firstTokenMs: 0, clock })
  model = rehearsal(server, { dispatcher, clock })
})
afterAll(async () => {
  await server.close()
  await dispatcher.close()
})

const request: ModelRequest = {
  messages: [
    { role: 'user', content: 'I want to swap 200 € for bitcoin, is that possible tonight?' },
  ],
  output: {
    type: 'json',
    schema: {
      type: 'object',
      properties: {
        intent: { enum: ['exchange', 'inquiry', 'support'] },
        urgency: { type: 'number', minimum: 0, maximum: 1 },
        // Two bytes and four, so that packets can end within a character.
        reply: { const: '200 € für Bitcoin 🪙, das geht heute' },
      },
      required: ['intent', 'urgency', 'reply'],
    },
  },
}

/** What one attempt sees: its events so far, and how it ended. */
interface Attempt {
  readonly events: ModelEvent[]
  readonly ended: Promise<{ readonly result?: ModelResult; readonly error?: unknown }>
  abort(reason: Error): void
}

function attempt(mode: Mode): Attempt {
  const controller = new AbortController()
  const { signal } = controller
  const events: ModelEvent[] = []
  const read = async (): Promise<ModelResult> => {
    if (mode === 'json') return model.generate(request, { signal })
    for await (const event of model.stream(request, { signal })) events.push(event)
    return toResult(events)
  }
  return {
    events,
    ended: read().then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    ),
    abort: (reason) => controller.abort(reason),
  }
}

function toResult(events: readonly ModelEvent[]): ModelResult {
  const end = events.at(-1)
  if (end?.type !== 'finish') throw new Error('The stream ended without finish')
  const { type: _type, ...rest } = end
  const toolCalls = events.flatMap((event) => (event.type === 'tool-call' ? [event.toolCall] : []))
  return { ...rest, text: textOf(events), toolCalls }
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')

/** Lets the loop turn until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

const deltasOf = ({ events }: Attempt): number =>
  events.filter(({ type }) => type === 'text-delta').length

async function soundAnswer(mode: Mode): Promise<ModelResult> {
  server.setFaults({ kind: 'healthy' })
  const { result } = await attempt(mode).ended
  if (!result) throw new Error('A healthy answer failed')
  return result
}

async function meet(fault: RehearsalFault, mode: Mode, expected: ExpectedOutcome): Promise<void> {
  const sound = await soundAnswer(mode)
  server.setFaults({ kind: 'always', fault: fault.id })
  server.requests.clear()
  const met = attempt(mode)
  if (expected.outcome === 'silence' || expected.outcome === 'slow') {
    return meetSilence(met, expected)
  }
  if (fault.id === 'open-end') {
    await until(() => clock.pendingTimers > 0)
    await clock.advance(250)
  }
  const { result, error } = await met.ended
  switch (expected.outcome) {
    case 'fault':
      expect(isModelFault(error) ? error.evidence : error).toMatchObject(expected.evidence)
      if (expected.evidence.kind === 'http')
        expect(error).toMatchObject({ evidence: sentBy(fault) })
      return
    case 'finish':
      expect(result?.finishReason).toBe(expected.finishReason)
      return
    case 'answer':
      expect(error).toBeUndefined()
      expect(result?.text).toBe(sound.text)
      expect(result?.finishReason).toBe('stop')
      return
    case 'wrong-answer':
      expect(error).toBeUndefined()
      expect({ text: result?.text, calls: result?.toolCalls }).not.toEqual({
        text: sound.text,
        calls: [],
      })
      expect(['stop', 'tool-calls']).toContain(result?.finishReason)
  }
}

/** Headers and body as the steps of a fault with a status send them: no byte of them is to be lost. */
function sentBy(fault: RehearsalFault): object {
  const completion = {
    ...{ id: '', model: '', createdAtSeconds: 0, text: '', toolCalls: [], inputTokens: 0 },
    finishReason: 'stop' as const,
  }
  const pace = { firstTokenMs: 0, msPerToken: 0 }
  const delivery = { completion, pace, mode: 'json' as const, includeUsage: false }
  const steps = fault.steps({ ...delivery, options: {}, nowMs: clock.now() })
  const head = steps.find((step) => step.do === 'head')
  const written = steps.flatMap((step) => (step.do === 'write' ? [step.bytes.toString()] : []))
  return { kind: 'http', headers: head?.headers, body: written.join('') }
}

/** Waits two seconds of the fake clock in vain, then leaves; the server sees that at once. */
async function meetSilence(met: Attempt, expected: ExpectedOutcome): Promise<void> {
  const seen = () => ({
    nothing: server.requests.count === 1,
    headers: server.requests.log.at(-1)?.status === 200,
    content: deltasOf(met) > 0,
  })
  const after = expected.outcome === 'silence' ? expected.after : 'content'
  await until(() => seen()[after])
  if (after !== 'content') expect(seen().content).toBe(false)
  if (after === 'nothing') expect(seen().headers).toBe(false)
  await clock.advance(2_000)
  const reason = new Error('enough')
  met.abort(reason)
  expect((await met.ended).error).toBe(reason)
  await server.idle()
  expect(server.requests.log.at(-1)?.outcome).toBe('left')
}

const cells = faultCatalogue.flatMap((fault) =>
  fault.modes.map((mode) => ({
    id: fault.id,
    mode,
    fault,
    expected: expectedOutcome(fault, mode),
  })),
)

describe('the catalogue of faults', () => {
  it.each(cells)('$id by $mode is seen as what it is', ({ fault, mode, expected }) =>
    meet(fault, mode, expected),
  )

  it('has each id once, with a summary and a reason', () => {
    const ids = faultCatalogue.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { summary, reasons } of faultCatalogue) {
      expect(summary).not.toBe('')
      expect(reasons.length).toBeGreaterThan(0)
      for (const reason of reasons) expect([...failureReasons, 'ok']).toContain(reason)
    }
  })

  it('leaves no timer behind', async () => {
    await clock.advance(300)
    await server.idle()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('single faults', () => {
  const evidenceOf = async (
    fault: FaultOptions & { readonly id: string },
    mode: Mode = 'json',
  ): Promise<unknown> => {
    server.setFaults({ kind: 'always', fault })
    const { error } = await attempt(mode).ended
    return isModelFault(error) ? error.evidence : error
  }

  it.each([
    ['rate-limit-seconds', { 'retry-after': '20' }],
    ['rate-limit-ms', { 'retry-after-ms': '300' }],
    ['rate-limit-reset', { 'x-ratelimit-reset-tokens': '360s' }],
    ['rate-limit-azure', { 'retry-after-ms': '800', 'x-ratelimit-limit-tokens': '1000' }],
    ['rate-limit-long', { 'retry-after': '120' }],
    ['overloaded', { 'x-should-retry': 'true' }],
  ])('%s says how long in its headers', async (id, headers) => {
    expect(await evidenceOf({ id })).toMatchObject({ headers })
  })

  it('dates a rate limit by its own clock', async () => {
    const evidence = await evidenceOf({ id: 'rate-limit-date', retryAfterMs: 5_000 })
    const date = new Date(clock.now() + 5_000).toUTCString()
    expect(evidence).toMatchObject({ headers: { 'retry-after': date } })
  })

  it('says nothing where it is bare', async () => {
    const evidence = await evidenceOf({ id: 'rate-limit-bare' })
    expect(JSON.stringify(evidence)).not.toMatch(/retry|reset/)
  })

  it('wraps the error of Gemini into an array', async () => {
    const evidence = await evidenceOf({ id: 'rate-limit-gemini' })
    expect(evidence).toMatchObject({ body: expect.stringMatching(/^\[.*"retryDelay":"46s"/) })
  })

  it.each(Array.from({ length: 40 }, (_, index) => index * 37))(
    'cut at byte %i never ends as a whole answer that is not',
    async (atByte) => {
      const { text } = await soundAnswer('sse')
      server.setFaults({ kind: 'always', fault: { id: 'byte-cut', atByte } })
      const met = attempt('sse')
      const { result, error } = await met.ended
      if (result) expect(result.text).toBe(text)
      else expect(isModelFault(error) && error.evidence.kind).toBe('cut')
      expect(text.startsWith(textOf(met.events))).toBe(true)
    },
  )

  it('stalls after as many tokens as it is told', async () => {
    server.setFaults({ kind: 'always', fault: { id: 'stall', afterTokens: 3 } })
    const met = attempt('sse')
    await until(() => deltasOf(met) === 3)
    met.abort(new Error('enough'))
    await met.ended
    await server.idle()
    expect(deltasOf(met)).toBe(3)
    expect(server.requests.log.at(-1)?.outputTokens).toBe(3)
  })

  it('answers in full when a slow first token is waited for', async () => {
    const { text } = await soundAnswer('sse')
    server.setFaults({ kind: 'always', fault: { id: 'slow-first-token', delayMs: 4_000 } })
    const met = attempt('sse')
    await until(() => clock.pendingTimers > 0)
    await clock.advance(4_000)
    expect((await met.ended).result?.text).toBe(text)
  })

  it('names the model that it pretends to be', async () => {
    server.setFaults({ kind: 'always', fault: 'wrong-model' })
    const { result } = await attempt('json').ended
    expect(result?.response.servedModel).toBe('rehearsal-primary-lite')
  })

  it('is found by its id', () => {
    expect(findFault('crlf')?.modes).toEqual(['sse'])
    expect(findFault('nothing')).toBeUndefined()
  })
})
