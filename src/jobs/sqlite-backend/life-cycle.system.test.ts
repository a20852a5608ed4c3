import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Queue, QueueEvents, Worker } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { machineClock, type QueueClock } from './clock.ts'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const connection = {}

/** What keeps a process going, by kind; timers are counted at the clock, since others have some too. */
function openResources(): string[] {
  const ours = ['FSEventWrap', 'Worker', 'MessagePort']
  return process.getActiveResourcesInfo().filter((kind) => ours.includes(kind))
}

/** The machine's clock, which knows the timers that are set and have neither fired nor been cancelled. */
function countingClock(): QueueClock & { readonly pending: number } {
  const pending = new Set<object>()
  return {
    now: machineClock.now,
    get pending() {
      return pending.size
    },
    setTimer(delayMs, callback) {
      const timer = {}
      pending.add(timer)
      const cancel = machineClock.setTimer(delayMs, () => {
        pending.delete(timer)
        callback()
      })
      return () => {
        pending.delete(timer)
        cancel()
      }
    },
  }
}

describe('closing', () => {
  it('frees everything with the last user', async () => {
    const before = openResources()
    const folder = temporaryFolder()
    const clock = countingClock()
    const backend = createSqliteBackend({ path: join(folder, 'queue.db'), clock })
    const queue = new Queue('life', { connection }, backend)
    const events = new QueueEvents('life', { connection }, backend)
    const worker = new Worker('life', async () => 'done', { connection }, backend)
    const job = await queue.add('job', {})
    await job.waitUntilFinished(events)
    await worker.close()
    await events.close()
    expect(existsSync(join(folder, 'queue.db-wal'))).toBe(true)
    await queue.close()
    expect(readdirSync(folder)).toEqual(['queue.db'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(openResources()).toEqual(before)
    expect(clock.pending).toBe(0)
  })

  it('keeps the jobs for the next one who opens the file', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const first = new Queue('life', { connection }, createSqliteBackend({ path }))
    await first.add('kept', { n: 1 })
    await first.close()
    const second = new Queue('life', { connection }, createSqliteBackend({ path }))
    expect((await second.getWaiting()).map((job) => job.data)).toEqual([{ n: 1 }])
    await second.close()
  })

  it('makes later calls fail with a word about why', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const queue = new Queue('life', { connection }, createSqliteBackend({ path }))
    await queue.close()
    await queue.close()
    await expect(queue.add('late', {})).rejects.toMatchObject({ code: 'CLOSED', path })
  })

  it('waits for checkpoints that are under way', async () => {
    const folder = temporaryFolder()
    const backend = createSqliteBackend({ path: join(folder, 'queue.db') })
    const queue = new Queue('life', { connection }, backend)
    for (let n = 0; n < 300; n++) await queue.add('job', { n })
    await queue.close()
    expect(readdirSync(folder)).toEqual(['queue.db'])
  })
})

describe('the write-ahead log', () => {
  it('does not grow without end under load', { timeout: 20_000 }, async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const queue = new Queue('life', { connection }, createSqliteBackend({ path }))
    const payload = { text: 'x'.repeat(60_000) }
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 100 }, () => queue.add('large', payload)))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    // All of it is 120 MB; the log starts over at 16 MB and what is written until the disk is done.
    expect(statSync(`${path}-wal`).size).toBeLessThan(80_000_000)
    await queue.close()
  })
})

describe('a backlog of quick jobs', () => {
  it('leaves turns of the event loop to others', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const backend = createSqliteBackend({ path })
    const queue = new Queue('life', { connection }, backend)
    await queue.addBulk(Array.from({ length: 400 }, (_, n) => ({ name: 'job', data: n })))
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    const worker = new Worker('life', async () => 'done', { connection }, backend)
    await new Promise<void>((resolve) => worker.once('drained', () => resolve()))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
    await worker.close()
    await queue.close()
  })
})
