import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { storeUnavailable } from '../shared/store-error.ts'
import type { GrownLog } from '../shared/watchers.ts'
import { createGrowthWatch } from './growth-watch.ts'
import type { Listener } from './listening.ts'

/** A database whose logs grow as the test says; the cursor is the number of growths so far. */
function scriptedDatabase() {
  const clock = createFakeClock()
  const grown: GrownLog[] = []
  const notified: string[] = []
  const cursors: string[] = []
  let listener: Listener | undefined
  let available = true
  /** How many of the newest growths a look finds again, as while a transaction is still open. */
  let overlap = 0
  const watch = createGrowthWatch({
    clock,
    cursor: '0',
    async look(cursor) {
      cursors.push(cursor)
      if (!available) throw storeUnavailable('postgres://db/app', 'it is away')
      const from = Number(cursor)
      return { cursor: String(grown.length - overlap), grown: grown.slice(from) }
    },
    async listen(next) {
      listener = next
      return { close: async () => {} }
    },
    async notify(payloads) {
      notified.push(...payloads)
    },
  })
  const heard: [string, number][] = []
  return {
    clock,
    watch,
    heard,
    notified,
    cursors,
    listen: () => watch.watch((answerId, lastSeq) => heard.push([answerId, lastSeq])),
    grow: (answerId: string, lastSeq: number) => grown.push({ answerId, lastSeq }),
    notification: (payload: string) => listener?.heard(payload),
    lose: () => listener?.lost(),
    setAvailable(value: boolean) {
      available = value
    },
    setOverlap(value: number) {
      overlap = value
    },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('growth of others', () => {
  test('is told when it is heard of', async () => {
    const { listen, notification, heard, watch } = scriptedDatabase()
    listen()
    await settled()
    notification('2 a')
    await settled()
    expect(heard).toEqual([['a', 2]])
    await watch.close()
  })

  test('is found by the poll within a second', async () => {
    const { listen, grow, heard, clock, watch } = scriptedDatabase()
    listen()
    await settled()
    grow('a', 1)
    grow('b', 4)
    await clock.advance(1_000)
    expect(heard).toEqual([
      ['a', 1],
      ['b', 4],
    ])
    await clock.advance(10_000)
    expect(heard).toHaveLength(2)
    await watch.close()
  })

  test('before watching could begin is found at once', async () => {
    const { listen, grow, heard, watch } = scriptedDatabase()
    listen()
    grow('a', 1)
    await settled()
    expect(heard).toEqual([['a', 1]])
    await watch.close()
  })

  test('that looks find again is told once', async () => {
    const { listen, grow, heard, clock, watch, setOverlap } = scriptedDatabase()
    setOverlap(1)
    listen()
    grow('a', 1)
    await clock.advance(5_000)
    expect(heard).toEqual([['a', 1]])
    grow('a', 2)
    await clock.advance(5_000)
    expect(heard).toEqual([
      ['a', 1],
      ['a', 2],
    ])
    await watch.close()
  })

  test('that is heard of and then found is told once', async () => {
    const { listen, grow, heard, clock, notification, watch } = scriptedDatabase()
    listen()
    await settled()
    grow('a', 3)
    notification('3 a')
    await clock.advance(2_000)
    expect(heard).toEqual([['a', 3]])
    await watch.close()
  })

  test('without a name is looked for', async () => {
    const { listen, grow, heard, notification, watch } = scriptedDatabase()
    listen()
    await settled()
    grow('a', 1)
    notification('')
    await settled()
    expect(heard).toEqual([['a', 1]])
    await watch.close()
  })

  test('while nobody listened is found on reconnecting', async () => {
    const { listen, lose, cursors, clock, watch } = scriptedDatabase()
    listen()
    await settled()
    await clock.advance(100)
    lose()
    const before = cursors.length
    // The poll looks at 500 and 1,000 ms, the new connection at 1,100.
    await clock.advance(1_000)
    expect(cursors.length - before).toBe(3)
    await watch.close()
  })
})

describe('growth of this process', () => {
  test('is told at once and others are notified', async () => {
    const { listen, grow, heard, notified, clock, watch } = scriptedDatabase()
    listen()
    await settled()
    grow('a', 2)
    watch.announce({ answerId: 'a', lastSeq: 2 })
    await Promise.resolve()
    expect(heard).toEqual([['a', 2]])
    await clock.advance(2_000)
    expect(heard).toEqual([['a', 2]])
    expect(notified).toEqual(['2 a'])
    await watch.close()
  })

  test('is notified when nobody watches here', async () => {
    const { notified, clock, watch } = scriptedDatabase()
    watch.announce({ answerId: 'a', lastSeq: 2 })
    await watch.close()
    expect([notified, clock.pendingTimers]).toEqual([['2 a'], 0])
  })
})

test('a look that fails is made again', async () => {
  const { listen, grow, heard, clock, watch, setAvailable } = scriptedDatabase()
  listen()
  setAvailable(false)
  grow('a', 1)
  await clock.advance(2_000)
  expect(heard).toEqual([])
  setAvailable(true)
  await clock.advance(1_000)
  expect(heard).toEqual([['a', 1]])
  await watch.close()
})

test('the last watcher to stop ends the poll', async () => {
  const { listen, clock, watch } = scriptedDatabase()
  const stops = [listen(), listen()]
  await settled()
  stops[0]?.()
  expect(clock.pendingTimers).toBe(1)
  stops[1]?.()
  expect(clock.pendingTimers).toBe(0)
  listen()
  await watch.close()
  expect(clock.pendingTimers).toBe(0)
})
