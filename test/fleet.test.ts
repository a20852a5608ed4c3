import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { type FleetOptions, startFleet } from './fleet/fleet.ts'
import { cancelAt, endedAt, enqueueAt, readAnswer } from './fleet/fleet-client.ts'

async function openFleet(options: FleetOptions = {}) {
  const fleet = await startFleet(options)
  onTestFinished(() => fleet.close())
  return fleet
}

type Fleet = Awaited<ReturnType<typeof openFleet>>

/** Resolves when the provider is asked for the `count`th time. */
async function asked(fleet: Fleet, count = 1): Promise<void> {
  await expect
    .poll(() => fleet.provider.requests.count, { timeout: 20_000, interval: 10 })
    .toBeGreaterThanOrEqual(count)
}

const slow = { provider: { tokensPerSecond: 4 } }

describe.each([
  ['one SQLite folder', () => ({})],
  ['Redis and Postgres', () => ({ queue: inject('redisUrl'), store: inject('postgresUrl') })],
  ['Postgres alone', () => ({ queue: inject('postgresUrl'), store: inject('postgresUrl') })],
] as const)('processes that share %s', (_name, engines) => {
  it('make what any of them accepted, and cancel what another one makes', async () => {
    const fleet = await openFleet({ ...engines(), provider: { tokensPerSecond: 40 } })
    const [one, other] = await Promise.all([fleet.startServer(), fleet.startServer()])
    await Promise.all([
      fleet.startWorker({ concurrency: 1 }),
      fleet.startWorker({ concurrency: 1 }),
    ])
    const run = `${process.pid}-${Math.round(performance.now())}`
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        enqueueAt((index % 2 === 0 ? one : other).url, `${run}-${index}`),
      ),
    )
    const records = await Promise.all(ids.map((id) => endedAt(one.url, id)))
    expect(records.map(({ state, run }) => [state, run])).toEqual(Array(8).fill(['completed', 1]))
    expect(records.every(({ answer }) => answer?.source === 'primary')).toBe(true)
    expect(fleet.provider.requests.count).toBe(8)

    fleet.provider.requests.clear()
    const id = await enqueueAt(one.url, `${run}-cancelled`)
    await asked(fleet)
    expect(await cancelAt(other.url, id)).toBe(true)
    await fleet.provider.idle()
    expect(fleet.provider.requests.log.map(({ outcome }) => outcome)).toEqual(['left'])
    expect(await readAnswer(one.url, id)).toMatchObject({ state: 'cancelled' })
  })
})

describe('a worker that is asked to stop', () => {
  it('ends what it is at, and takes nothing new', async () => {
    const fleet = await openFleet({ provider: { tokensPerSecond: 40 } })
    const server = await fleet.startServer()
    const worker = await fleet.startWorker({ concurrency: 1 })
    const first = await enqueueAt(server.url, 'first')
    const second = await enqueueAt(server.url, 'second')
    await asked(fleet)
    expect(await worker.stop()).toBe(0)
    expect(await readAnswer(server.url, first)).toMatchObject({ state: 'completed', run: 1 })
    expect(await readAnswer(server.url, second)).toMatchObject({ state: 'waiting', run: 0 })
  })

  it('hands back after the grace what does not end, for another to make', async () => {
    const fleet = await openFleet(slow)
    const server = await fleet.startServer()
    const worker = await fleet.startWorker({ graceMs: 200 })
    const id = await enqueueAt(server.url, 'long')
    await asked(fleet)
    const askedAtMs = performance.now()
    expect(await worker.stop()).toBe(0)
    // The grace, the hand-back, and a busy machine; far less than the answer would have taken.
    expect(performance.now() - askedAtMs).toBeLessThan(5_000)
    await fleet.provider.idle()
    expect(fleet.provider.requests.log[0]?.outcome).toBe('left')
    expect(await readAnswer(server.url, id)).toMatchObject({ state: 'waiting', run: 1 })
    await fleet.startWorker()
    await asked(fleet, 2)
    expect(await readAnswer(server.url, id)).toMatchObject({ state: 'active', run: 2 })
  })
})

describe('a server that is asked to stop', () => {
  it('does not wait for those who follow, and they resume at another', async () => {
    const fleet = await openFleet()
    const [one, other] = await Promise.all([fleet.startServer(), fleet.startServer()])
    const id = await enqueueAt(one.url, 'followed')
    const following = await fetch(`${one.url}/v1/answers/${id}/events`)
    const broken = following.text().catch(() => 'broken')
    const askedAtMs = performance.now()
    expect(await one.stop()).toBe(0)
    // Nobody works, so the answer would have been waited for to the end of the grace.
    expect(performance.now() - askedAtMs).toBeLessThan(9_000)
    expect(await broken).toBe('broken')
    await fleet.startWorker()
    expect(await endedAt(other.url, id)).toMatchObject({ state: 'completed' })
  })
})

describe('holdfast jobs', () => {
  it('shows why an answer failed, with its input, and has it made again', async () => {
    const fleet = await openFleet()
    const server = await fleet.startServer()
    await fleet.startWorker()
    fleet.provider.setFaults({ kind: 'always', fault: 'model-gone' })
    const id = await enqueueAt(server.url, 'Ada', { pipeline: 'strict', tenant: 'acme' })
    expect(await endedAt(server.url, id)).toMatchObject({ state: 'failed' })
    const list = await fleet.run('jobs', '--state', 'failed')
    expect(list.stdout).toMatch(new RegExp(`${id}  failed  strict  run 1  acme  NO_ANSWER: .*`))
    expect(list.stdout).toMatch(/queue: .*waiting 0/)
    const shown = await fleet.run('jobs', 'show', id)
    expect(shown.stdout).toMatch(/reason: NO_ANSWER: .*\ninput: \{\n {2}"name": "Ada"/)

    fleet.provider.setFaults({ kind: 'healthy' })
    expect((await fleet.run('jobs', 'retry', '--failed')).stdout).toContain('Made again: 1.')
    expect(await endedAt(server.url, id)).toMatchObject({
      state: 'completed',
      answer: { source: 'primary' },
    })
    const again = await fleet.run('jobs', 'retry', id)
    expect([again.code, again.stdout]).toEqual([
      1,
      expect.stringContaining(`${id} is completed; only failed ones`),
    ])
  })
})
