import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Queue, QueueEvents, Worker } from 'bullmq'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSqliteBackend, type SqliteBackendOptions } from './create-sqlite-backend.ts'
import { OtherProcess } from './other-process.ts'
import { nextEvent } from './testing/stage.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/** Longer than any test: what happens within it was not found by polling. */
const neverPolls = 600_000

function open(options: Partial<SqliteBackendOptions> = {}) {
  const path = join(temporaryFolder(), 'queue.db')
  const backend = createSqliteBackend({ path, pollMs: neverPolls, ...options })
  const queue = new Queue('shared', { connection: {} }, backend)
  onTestFinished(() => queue.close())
  return { path, backend, queue }
}

/** Starting a process can take a second on a busy machine. */
const patience = { timeout: 30_000 }

describe('a job of another process', patience, () => {
  it('wakes a waiting worker by its write to the file', async () => {
    const { path, backend } = open()
    const startedAt = Promise.withResolvers<number>()
    const options = { connection: {}, drainDelay: 600 }
    const worker = new Worker('shared', async () => startedAt.resolve(Date.now()), options, backend)
    onTestFinished(() => worker.close())
    await worker.waitUntilReady()
    const other = await OtherProcess.start(path, 'shared')
    const added = other.next('added')
    other.tell({ kind: 'add', data: {} })
    expect((await startedAt.promise) - (await added).at).toBeLessThan(1_000)
  })

  it('reaches those who listen to events', async () => {
    const { path, backend } = open()
    const events = new QueueEvents('shared', { connection: {} }, backend)
    onTestFinished(() => events.close())
    const seen = nextEvent<[{ name: string }]>(events, 'added')
    const other = await OtherProcess.start(path, 'shared')
    other.tell({ kind: 'add', data: {} })
    expect((await seen)[0].name).toBe('job')
  })

  it('shares the counting of ids', async () => {
    const { path, queue } = open()
    const others = [
      await OtherProcess.start(path, 'shared'),
      await OtherProcess.start(path, 'shared'),
    ]
    const ids: (string | undefined)[] = []
    const added = others.map((other) => {
      other.onMessage((message) => {
        if (message.kind === 'added') ids.push(message.id)
      })
      return other.next('added', 30)
    })
    for (let n = 0; n < 30; n++) {
      for (const other of others) other.tell({ kind: 'add', data: { n } })
      ids.push((await queue.add('job', { n })).id)
    }
    await Promise.all(added)
    const expected = Array.from({ length: 90 }, (_, n) => String(n + 1))
    expect(ids.toSorted((a, b) => Number(a) - Number(b))).toEqual(expected)
  })
})

describe('processes that open a new file together', patience, () => {
  it('all get it', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const opening = [1, 2, 3].map(() => OtherProcess.start(path, 'shared'))
    const others = await Promise.all(opening)
    const added = others.map((other) => other.next('added'))
    for (const other of others) other.tell({ kind: 'add', data: {} })
    expect((await Promise.all(added)).map(({ id }) => id).sort()).toEqual(['1', '2', '3'])
  })
})

describe('while another process writes', () => {
  const lock = (path: string) => {
    const writer = new DatabaseSync(path)
    onTestFinished(() => writer.close())
    writer.exec('BEGIN IMMEDIATE')
    return writer
  }

  it('adds wait in their order and the event loop turns', async () => {
    const { path, queue } = open()
    await queue.getVersion()
    const writer = lock(path)
    const adding = ['a', 'b', 'c'].map((name) => queue.add(name, {}))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await queue.getWaitingCount()).toBe(0)
    writer.exec('COMMIT')
    await Promise.all(adding)
    expect((await queue.getWaiting()).map((job) => job.name)).toEqual(['a', 'b', 'c'])
  })

  it('an add gives up after busyTimeoutMs', async () => {
    const { path, queue } = open({ busyTimeoutMs: 40 })
    await queue.getVersion()
    const writer = lock(path)
    await expect(queue.add('late', {})).rejects.toMatchObject({ code: 'LOCKED', path })
    writer.exec('COMMIT')
    await queue.add('next', {})
    expect((await queue.getWaiting()).map((job) => job.name)).toEqual(['next'])
  })
})
