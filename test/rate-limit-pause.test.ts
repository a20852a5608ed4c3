import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastConfig, HoldfastParts } from '../src/app/holdfast.ts'
import { systemClock } from '../src/base/clock.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { rehearsal } from '../src/providers/rehearsal/rehearsal.ts'
import {
  type RehearsalServer,
  startRehearsalServer,
} from '../src/providers/rehearsal/rehearsal-server.ts'
import type { AnswerRecord } from '../src/store/answer-store.ts'
import { createLogger } from '../src/telemetry/logger.ts'

async function openProvider(): Promise<RehearsalServer> {
  const provider = await startRehearsalServer({ firstTokenMs: 5, tokensPerSecond: 1_000 })
  onTestFinished(() => provider.close())
  return provider
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pause-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const greetBy = (provider: RehearsalServer, name: string, jobDeadlineMs: number) =>
  definePipeline({
    name,
    input: z.object({ n: z.number() }),
    output: 'text',
    // A name of its own: what is known of a model's health is kept by its name.
    models: [rehearsal(provider, { model: `model-of-${name}` })],
    // Shorter than the provider asks to wait, so that the run itself cannot.
    deadlineMs: 1_000,
    jobDeadlineMs,
    prompt: ({ input }) => ({ user: `Greet number ${input.n}.` }),
    canned: () => 'Later.',
  })

async function openApp(config: HoldfastConfig): Promise<HoldfastParts> {
  const app = await createHoldfast({ logger: createLogger('silent'), concurrency: 1, ...config })
  onTestFinished(() => app.close(0))
  return app
}

async function enqueue(app: HoldfastParts, pipeline: string, n: number): Promise<string> {
  const accepted = await app.pipelines.get(pipeline)?.enqueue({ n })
  return accepted?.answerId ?? ''
}

/** Follows the answer to its end. */
async function ended(app: HoldfastParts, answerId: string): Promise<AnswerRecord | undefined> {
  for await (const _events of app.events.subscribe(answerId));
  return app.answers.get(answerId)
}

const limit = (retryAfterMs: number) => ({ id: 'rate-limit-ms', retryAfterMs })

describe.each([
  ['SQLite', () => ({})],
  ['Redis', () => ({ queue: inject('redisUrl') })],
] as const)('a provider that is asked too much, with the queue on %s', (_name, queue) => {
  it('is left alone as long as it says, and then answers all that waited', async () => {
    const provider = await openProvider()
    provider.setFaults({ kind: 'script', faults: [limit(1_500)] })
    const pipelines = { greet: greetBy(provider, 'greet', 30_000) }
    const app = await openApp({ pipelines, data: temporaryFolder(), ...queue() })
    const ids = [await enqueue(app, 'greet', 1), await enqueue(app, 'greet', 2)]
    const records = await Promise.all(ids.map((id) => ended(app, id)))
    expect(records.map((record) => record?.answer?.source)).toEqual(['primary', 'primary'])
    // One request found out; the other answer waited without a run.
    expect(records.map((record) => record?.run)).toEqual([2, 1])
    const [refused, ...others] = provider.requests.log
    expect(others).toHaveLength(2)
    const soonest = Math.min(...others.map(({ startedAtMs }) => startedAtMs))
    expect(soonest - (refused?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(1_500)
  })
})

describe('the deadline of an enqueued answer', () => {
  it('comes before the end of a pause with the canned answer', async () => {
    const provider = await openProvider()
    provider.setFaults({ kind: 'always', fault: limit(60_000) })
    const pipelines = { greet: greetBy(provider, 'greet', 20_000) }
    const app = await openApp({ pipelines, data: temporaryFolder() })
    const fromMs = performance.now()
    const record = await ended(app, await enqueue(app, 'greet', 1))
    expect(record?.answer).toMatchObject({ source: 'canned', reason: { code: 'rate-limited' } })
    expect(performance.now() - fromMs).toBeLessThan(20_000)
    expect(provider.requests.count).toBe(1)
  })

  it('counts the wait in the queue', async () => {
    const provider = await openProvider()
    const pipelines = { greet: greetBy(provider, 'greet', 30_000) }
    const data = temporaryFolder()
    const id = await enqueue(await openApp({ pipelines, data, concurrency: 0 }), 'greet', 1)
    const later = { ...systemClock, now: () => systemClock.now() + 31_000 }
    const app = await openApp({ pipelines, data, clock: later })
    const record = await ended(app, id)
    expect(record?.answer).toMatchObject({ source: 'canned', reason: { code: 'deadline' } })
    expect(provider.requests.count).toBe(0)
  })
})

it('a pause keeps no answers of another provider waiting', async () => {
  const [full, free] = [await openProvider(), await openProvider()]
  full.setFaults({ kind: 'always', fault: limit(25_000) })
  const pipelines = { one: greetBy(full, 'one', 60_000), two: greetBy(free, 'two', 60_000) }
  const app = await openApp({ pipelines, data: temporaryFolder() })
  const waiting = await Promise.all([1, 2, 3].map((n) => enqueue(app, 'one', n)))
  expect((await ended(app, await enqueue(app, 'two', 4)))?.answer?.source).toBe('primary')
  expect(full.requests.count).toBe(1)
  const records = await Promise.all(waiting.map((id) => app.answers.get(id)))
  expect(records.map((record) => record?.state)).toEqual(['waiting', 'waiting', 'waiting'])
})
