import { expect, inject, it } from 'vitest'
import { answer, request, setUpJobs } from '../src/jobs/answer-jobs.fixture.ts'
import { createQueueEngine, type QueueEngine } from '../src/jobs/queue-engine.ts'

const tenants = Array.from({ length: 99 }, (_, index) => `tenant-${index}`)

/**
 * How many answers are begun before each of three of the 99 tenants, at the 95th percentile, where all
 * wait when the worker starts: a wait that does not depend on the machine.
 */
async function p95Wait(flood: number, queue: { readonly engine?: QueueEngine }) {
  const begun: string[] = []
  const wanted = tenants.length * 3
  const allBegun = Promise.withResolvers<void>()
  const { start } = await setUpJobs(async (_pipeline, _input, { answerId }) => {
    begun.push(answerId)
    if (begun.filter((id) => id.startsWith('tenant')).length === wanted) allBegun.resolve()
    return answer
  }, 4)
  const run = `${process.pid}-${Math.round(performance.now())}`
  const producer = await start({ ...queue, concurrency: 0 })
  for (let index = 0; index < flood; index++) {
    await producer.enqueue({ ...request(`flood-${run}-${index}`), tenant: 'flood' }, {})
  }
  for (const tenant of tenants) {
    for (const index of [0, 1, 2]) {
      await producer.enqueue({ ...request(`${tenant}-${run}-${index}`), tenant }, {})
    }
  }
  const worker = await start(queue)
  await allBegun.promise
  await Promise.all([worker.close(0), producer.close(0)])
  const waits = begun.flatMap((id, position) => (id.startsWith('tenant') ? [position] : []))
  return waits[Math.floor(waits.length * 0.95)] ?? 0
}

it.each([
  ['SQLite', () => ({})],
  ['Redis', () => ({ engine: createQueueEngine(inject('redisUrl')) })],
] as const)(
  'a flood of one tenant of 100 does not double the wait of others on %s',
  async (_name, queue) => {
    const calm = await p95Wait(0, queue())
    const flooded = await p95Wait(2_000, queue())
    expect(calm).toBeGreaterThan(200)
    expect(flooded).toBeLessThan(calm * 2)
    // First come, first served would have all 2,000 before them.
    expect(flooded).toBeLessThan(calm + 20)
  },
)
