import type { IQueueBackend } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { describeAdding } from './testing/contract-adding.ts'
import { describeDeduplication } from './testing/contract-deduplication.ts'
import { describeEvents } from './testing/contract-events.ts'
import { describeFinishing } from './testing/contract-finishing.ts'
import { describeFlows } from './testing/contract-flows.ts'
import { describeInspecting } from './testing/contract-inspecting.ts'
import { describeLimits } from './testing/contract-limits.ts'
import { describeLocks } from './testing/contract-locks.ts'
import { describeRemoving } from './testing/contract-removing.ts'
import { describeSchedulers } from './testing/contract-schedulers.ts'
import { describeWorkers } from './testing/contract-workers.ts'
import type { BackendUnderTest } from './testing/engine.ts'
import { createStage, type Stage } from './testing/stage.ts'

export type { BackendUnderTest } from './testing/engine.ts'

/**
 * What BullMQ promises whatever datastore it runs on, told by its stock classes.
 *
 * Each test gets queues of its own and leaves what it made; `create` is called once. The expectations
 * are those of BullMQ on Redis: the suite passes there too.
 *
 * @example
 * describeQueueBackend('Redis', async () => ({
 *   factory: createRedisBackend,
 *   connection: { port, maxRetriesPerRequest: null },
 *   close: () => server.stop(),
 * }))
 */
export function describeQueueBackend<Backend extends IQueueBackend, Connection>(
  name: string,
  create: () => Promise<BackendUnderTest<Backend, Connection>>,
): void {
  describe(`BullMQ on ${name}`, () => {
    let backend: BackendUnderTest<Backend, Connection>
    let current: Stage
    const stage = () => current

    beforeAll(async () => {
      backend = await create()
    })
    beforeEach(() => {
      current = createStage(backend)
    })
    afterEach(() => current.close())
    afterAll(() => backend.close())

    describeAdding(stage)
    describeFinishing(stage)
    describeLocks(stage)
    describeDeduplication(stage)
    describeLimits(stage)
    describeInspecting(stage)
    describeRemoving(stage)
    describeSchedulers(stage)
    describeEvents(stage)
    describeFlows(stage)
    describeWorkers(stage)
  })
}
