import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { silentTelemetry } from '../base/telemetry-port.ts'
import type { SummaryTask } from '../pipeline/summary-task.ts'
import { createQueueEngine } from './queue-engine.ts'
import { openSummaryJobs, type SummaryWorkerOptions, startSummaryWorker } from './summary-jobs.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-summaries-'))
  const engine = createQueueEngine(`sqlite:${join(folder, 'queue.db')}`)
  const jobs = await openSummaryJobs({ engine, telemetry: silentTelemetry })
  closers.push(
    () => rmSync(folder, { recursive: true }),
    () => jobs.close(),
  )
  const work = (summarise: SummaryWorkerOptions['summarise']) => {
    const worker = startSummaryWorker({ engine, telemetry: silentTelemetry, summarise })
    closers.push(() => worker.close())
    return worker
  }
  return { jobs, work }
}

const task = (conversationId: string, fromSeq = 1, toSeq = 20): SummaryTask => ({
  pipeline: 'chat',
  conversationId,
  fromSeq,
  toSeq,
})

it('takes what begins with the same turn once, until it is made', async () => {
  const { jobs, work } = await setUp()
  for (const each of [task('a'), task('a', 1, 24), task('a', 21), task('b')]) await jobs.add(each)
  const seen: SummaryTask[] = []
  const all = Promise.withResolvers<void>()
  work(async (each) => {
    seen.push(each)
    if (seen.length === 3) all.resolve()
  })
  await all.promise
  expect(seen).toEqual([task('a'), task('a', 21), task('b')])
  // The last is made once its job has ended, which is a moment after the call.
  await expect.poll(() => jobs.add(task('b')).then(() => seen.length)).toBeGreaterThan(3)
})

it('stops what is at work when it is closed', async () => {
  const { jobs, work } = await setUp()
  await jobs.add(task('a'))
  const begun = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  const worker = work(
    (_task, signal) =>
      new Promise((_resolve, reject) => {
        begun.resolve()
        signal?.addEventListener('abort', () => {
          stopped.resolve()
          reject(signal.reason)
        })
      }),
  )
  await begun.promise
  await worker.close()
  await stopped.promise
})
