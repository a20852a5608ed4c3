import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts'
import { inTemporaryFolder } from '../../testing/temporary-folder.ts'
import type { EventStore } from '../event-store.ts'
import { type Database, openDatabase } from './database.ts'
import { createEvents } from './events.ts'
import { createGrowthWatch, type GrowthWatch } from './growth-watch.ts'
import { migrate } from './migrations.ts'

describe('growth watch without file events', () => {
  test('the poll finds what another wrote within a second', () =>
    withTwo(async ({ mine, theirs, clock }) => {
      const heard = listen(mine.watch)
      await append(theirs, 'a')
      await append(theirs, 'b')
      await append(theirs, 'a')
      await clock.advance(1_000)
      expect(heard).toEqual([
        ['b', 1],
        ['a', 2],
      ])
      await clock.advance(10_000)
      expect(heard).toHaveLength(2)
    }))

  test('what was there before watching is not told', () =>
    withTwo(async ({ mine, theirs, clock }) => {
      await append(theirs, 'a')
      const heard = listen(mine.watch)
      await clock.advance(2_000)
      expect(heard).toEqual([])
    }))

  test('own growth is told at once and once', () =>
    withTwo(async ({ mine, clock }) => {
      const heard = listen(mine.watch)
      await append(mine, 'a')
      await Promise.resolve()
      expect(heard).toEqual([['a', 1]])
      await clock.advance(2_000)
      expect(heard).toEqual([['a', 1]])
    }))

  test('growth of others between own is not missed', () =>
    withTwo(async ({ mine, theirs, clock }) => {
      const heard = listen(mine.watch)
      await append(mine, 'a')
      await append(theirs, 'b')
      await append(mine, 'c')
      await clock.advance(1_000)
      expect(heard.map(([answerId]) => answerId)).toContain('b')
    }))

  test('growth after a deleted answer is not missed', () =>
    withTwo(async ({ mine, theirs, clock }) => {
      await append(theirs, 'a')
      await append(theirs, 'b')
      const heard = listen(mine.watch)
      theirs.database.run('DELETE FROM events', [])
      await append(theirs, 'c')
      await clock.advance(1_000)
      expect(heard).toEqual([['c', 1]])
    }))

  test('the last watcher to stop ends the poll', () =>
    withTwo(async ({ mine, clock }) => {
      const stops = [mine.watch.watch(() => {}), mine.watch.watch(() => {})]
      stops[0]?.()
      expect(clock.pendingTimers).toBe(1)
      stops[1]?.()
      expect(clock.pendingTimers).toBe(0)
      listen(mine.watch)
      mine.watch.close()
      expect(clock.pendingTimers).toBe(0)
    }))

  test('a poll that fails is made again', () =>
    withTwo(async ({ mine, theirs, clock }) => {
      const heard = listen(mine.watch)
      theirs.database.script('ALTER TABLE event_logs RENAME TO away')
      await clock.advance(1_000)
      theirs.database.script('ALTER TABLE away RENAME TO event_logs')
      await append(theirs, 'a')
      await clock.advance(1_000)
      expect(heard).toEqual([['a', 1]])
    }))
})

describe('growth watch with file events', () => {
  test('what another wrote is told without the poll', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const clock = createFakeClock()
      const mine = openLog(path, clock, `${path}-wal`)
      const theirs = openLog(path, clock, undefined)
      const heard = new Promise((resolve) => mine.watch.watch(resolve))
      await append(theirs, 'a')
      expect(await heard).toBe('a')
      for (const log of [mine, theirs]) closeLog(log)
    }))

  test('a file that cannot be watched leaves the poll', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const clock = createFakeClock()
      const mine = openLog(path, clock, join(folder, 'missing'))
      const theirs = openLog(path, clock, undefined)
      const heard = listen(mine.watch)
      await append(theirs, 'a')
      await clock.advance(1_000)
      expect(heard).toEqual([['a', 1]])
      for (const log of [mine, theirs]) closeLog(log)
    }))
})

interface Log {
  readonly database: Database
  readonly events: EventStore
  readonly watch: GrowthWatch
}

interface TwoLogs {
  readonly mine: Log
  readonly theirs: Log
  readonly clock: FakeClock
}

/** Two connections to one file, as two processes have them, whose clocks the test moves. */
function withTwo(work: (logs: TwoLogs) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, 'store.db')
    const clock = createFakeClock()
    const mine = openLog(path, clock, undefined)
    const theirs = openLog(path, clock, undefined)
    await work({ mine, theirs, clock })
    for (const log of [mine, theirs]) closeLog(log)
  })
}

function openLog(path: string, clock: FakeClock, file: string | undefined): Log {
  const database = openDatabase({ path, synchronous: 'normal', busyTimeoutMs: 5_000 })
  migrate(database, clock)
  const watch = createGrowthWatch({ database, clock, file })
  return { database, watch, events: createEvents(database, clock, watch) }
}

function closeLog({ watch, database }: Log): void {
  watch.close()
  database.close()
}

function listen(watch: GrowthWatch): [string, number][] {
  const heard: [string, number][] = []
  watch.watch((answerId, lastSeq) => heard.push([answerId, lastSeq]))
  return heard
}

async function append({ events }: Log, answerId: string): Promise<void> {
  await events.append([{ answerId, run: 1, events: [{ type: 'text-delta', text: 'x' }] }])
}
