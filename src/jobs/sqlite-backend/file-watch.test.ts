import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { machineClock, type QueueClock } from './clock.ts'
import { FileWatch } from './file-watch.ts'
import { FakeQueueClock } from './testing/fake-queue-clock.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

function createWatch(clock: QueueClock, path: string) {
  const looks: number[] = []
  const looked = Promise.withResolvers<void>()
  const state = { isNeeded: true, finds: false }
  const watch = new FileWatch({
    path,
    pollMs: 250,
    clock,
    isNeeded: () => state.isNeeded,
    look: () => {
      looks.push(clock.now())
      looked.resolve()
      return state.finds
    },
  })
  onTestFinished(() => watch.close())
  return { watch, state, looks, looked: looked.promise }
}

function fileWithLog(): string {
  const path = join(temporaryFolder(), 'queue.db')
  writeFileSync(`${path}-wal`, '')
  return path
}

describe('watching a queue file', () => {
  it('looks when the log is written to', async () => {
    const path = fileWithLog()
    const { watch, looked } = createWatch(machineClock, path)
    watch.arm()
    writeFileSync(`${path}-wal`, 'frame')
    await looked
  })

  it('looks again a little later when a write has brought nothing yet', async () => {
    const path = fileWithLog()
    const clock = new FakeQueueClock()
    const { watch, looks, looked } = createWatch(clock, path)
    watch.arm()
    const wroteAt = clock.now()
    writeFileSync(`${path}-wal`, 'frame')
    await looked
    clock.advance(40)
    expect(looks.map((at) => at - wroteAt)).toEqual(expect.arrayContaining([0, 1, 6, 26]))
  })

  it('looks every so often as long as someone waits', () => {
    const clock = new FakeQueueClock()
    const { watch, state, looks } = createWatch(clock, fileWithLog())
    watch.arm()
    clock.advance(750)
    expect(looks).toHaveLength(3)
    state.isNeeded = false
    clock.advance(2_000)
    expect([looks.length, clock.pendingTimers]).toEqual([3, 0])
    state.isNeeded = true
    watch.arm()
    clock.advance(250)
    expect(looks).toHaveLength(4)
  })

  it('goes by polling alone, with a warning, where the log cannot be watched', async () => {
    const clock = new FakeQueueClock()
    const { watch, looks } = createWatch(clock, join(temporaryFolder(), 'no-log-here'))
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    watch.arm()
    expect(await warned).toMatchObject({ code: 'SQLITE_BACKEND_POLLING' })
    clock.advance(500)
    expect(looks).toHaveLength(2)
  })

  it('ends with closing', () => {
    const clock = new FakeQueueClock()
    const { watch, looks } = createWatch(clock, fileWithLog())
    watch.arm()
    watch.close()
    clock.advance(1_000)
    expect([looks.length, clock.pendingTimers]).toEqual([0, 0])
  })
})
