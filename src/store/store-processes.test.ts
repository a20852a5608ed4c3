/** What must hold when several processes share a file, and when they are killed. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Memory, Turn } from '../model/conversation.ts'
import { type LineProcess, startLineProcess } from '../testing/line-process.ts'
import { inTemporaryFolder } from '../testing/temporary-folder.ts'
import { openSqliteStore, type SqliteStore } from './open-sqlite-store.ts'

const storeModule = new URL('./open-sqlite-store.ts', import.meta.url).href

/** The beginning of each child, which waits for a line before it opens the store. */
const prelude = `
  import { writeSync } from 'node:fs'
  import { openSqliteStore } from ${JSON.stringify(storeModule)}
  const [path, name] = process.argv.slice(1)
  const turn = (content) => ({
    message: { role: 'user', content },
    createdAtMs: Date.now(),
    tokens: { ascii: 1, other: 0 },
  })
  // Written at once, so that no acknowledgement is still in the process when it is killed.
  const acknowledge = (line) => writeSync(1, line + '\\n')
  acknowledge('ready')
  await new Promise((go) => process.stdin.once('data', go))
  process.stdin.destroy()
  const store = openSqliteStore({ path })
`

describe('a process killed while it writes', () => {
  const writer = `${prelude}
    for (let n = 1; ; n++) {
      const { turns } = await store.conversations.append('c', [turn(name + ':' + n), turn(name + ':' + n)])
      acknowledge('turn ' + turns[0].seq + ' ' + name + ':' + n)
      const [outcome] = await store.events.append([
        { answerId: 'a', run: 1, events: [{ type: 'text-delta', text: name + ':' + n }] },
      ])
      acknowledge('event ' + outcome.lastSeq + ' ' + name + ':' + n)
      await store.conversations.mergeState('c', { [name + n]: n })
      acknowledge('state ' + name + n)
    }`

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('loses nothing it acknowledged, seed %i', (seed) =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const random = seededRandom(seed)
      const children = ['x', 'y'].map((name) => startLineProcess(writer, [path, name]))
      await startTogether(children)
      const acknowledged = await Promise.all(
        children.map((child) => readUntilKilled(child, 1 + Math.floor(random() * 150))),
      )
      await checkNothingLost(path, acknowledged.flat())
    }),
  )

  /** Takes that many acknowledgements, kills the process, and takes what it still had said. */
  async function readUntilKilled(child: LineProcess, killAfter: number): Promise<string[]> {
    const lines: string[] = []
    while (lines.length < killAfter) lines.push((await child.nextLine()) ?? 'ended early')
    child.kill()
    lines.push(...(await child.remainingLines()))
    expect(await child.ended).toBe('SIGKILL')
    return lines
  }

  async function checkNothingLost(path: string, acknowledged: readonly string[]): Promise<void> {
    const store = openSqliteStore({ path })
    const turns = await store.conversations.readTurns('c', { limit: 100_000 })
    const events = await store.events.read('a', 0, 100_000)
    const { workingState } = await store.conversations.readMemory('c', 0)
    expect(turns.map((turn) => turn.seq)).toEqual(turns.map((_, index) => index + 1))
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
    for (const line of acknowledged) {
      const [kind, place, text] = line.split(' ')
      if (kind === 'turn') {
        const pair = turns.slice(Number(place) - 1, Number(place) + 1)
        expect(pair.map((turn) => turn.message.content)).toEqual([text, text])
      } else if (kind === 'event') {
        expect(events[Number(place) - 1]?.event).toEqual({ type: 'text-delta', text })
      } else {
        expect(kind).toBe('state')
        expect(workingState.value).toHaveProperty(String(place))
      }
    }
    // What is there beyond the acknowledgements is at most one write in flight per process.
    const said = (kind: string) => acknowledged.filter((line) => line.startsWith(kind)).length
    expect(turns.length / 2 - said('turn')).toBeLessThanOrEqual(2)
    expect(events.length - said('event')).toBeLessThanOrEqual(2)
    await store.close()
    expect(integrityOf(path)).toBe('ok')
  }
})

describe('eight writers in four processes', () => {
  const turnsPerWriter = 60
  const writer = `${prelude}
    const write = async (writer) => {
      for (let n = 0; n < ${turnsPerWriter}; n += 2) {
        await store.conversations.append('c', [turn(writer + ':' + n), turn(writer + ':' + (n + 1))])
        await store.conversations.mergeState('c', { [writer]: { [n]: 'kept' } })
      }
    }
    await Promise.all([write(name + '1'), write(name + '2')])
    await store.close()
    acknowledge('done')`

  test('lose nothing, leave no gap and merge every field', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const names = ['p', 'q', 'r', 's']
      const children = names.map((name) => startLineProcess(writer, [path, name]))
      await startTogether(children)
      const views: Memory[] = []
      const store = openSqliteStore({ path })
      const finished = Promise.all(children.map((child) => child.nextLine()))
      let running = true
      const stop = finished.then(() => {
        running = false
      })
      while (running) {
        views.push(await store.conversations.readMemory('c', 5))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await stop
      expect(await finished).toEqual(names.map(() => 'done'))
      for (const child of children) expect(await child.ended).toBe(0)
      for (const view of views) checkView(view)
      const writers = names.flatMap((name) => [`${name}1`, `${name}2`])
      await checkAllThere(store, writers)
      await store.close()
      expect(integrityOf(path)).toBe('ok')
    }))

  /** A view is of one moment: it holds the newest turns of as many as it says there are. */
  function checkView(view: Memory): void {
    const newest = Math.min(5, view.totalTurns)
    expect(view.recentTurns.map((turn) => turn.seq)).toEqual(
      Array.from({ length: newest }, (_, index) => view.totalTurns - newest + 1 + index),
    )
    expect(view.totalTurns % 2).toBe(0)
  }

  async function checkAllThere(store: SqliteStore, writers: readonly string[]): Promise<void> {
    const turns = await store.conversations.readTurns('c')
    expect(turns.map((turn) => turn.seq)).toEqual(
      Array.from({ length: writers.length * turnsPerWriter }, (_, index) => index + 1),
    )
    for (const writer of writers) {
      const own = turns.filter((turn) => turn.message.content.startsWith(`${writer}:`))
      expect(own.map(numberOf)).toEqual(Array.from({ length: turnsPerWriter }, (_, n) => n))
      // Turns of one append stand next to each other.
      for (const [index, turn] of own.entries()) {
        if (index % 2 === 1) expect(turn.seq).toBe((own[index - 1]?.seq ?? 0) + 1)
      }
    }
    const { workingState } = await store.conversations.readMemory('c', 0)
    expect(Object.keys(workingState.value).sort()).toEqual([...writers].sort())
    for (const writer of writers) {
      expect(Object.keys(workingState.value[writer] ?? {})).toHaveLength(turnsPerWriter / 2)
    }
    expect(workingState.version).toBe((writers.length * turnsPerWriter) / 2)
  }

  function numberOf(turn: Turn): number {
    return Number(turn.message.content.split(':')[1])
  }
})

describe('watching another process', () => {
  const writer = `${prelude}
    await store.events.append([
      { answerId: 'a', run: 1, events: [{ type: 'text-delta', text: 'hello' }] },
    ])
    await store.close()`

  test('its events are heard within a second', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const store = openSqliteStore({ path })
      const heard = new Promise<number>((resolve) => {
        store.events.watch((answerId) => {
          expect(answerId).toBe('a')
          resolve(Date.now())
        })
      })
      const child = startLineProcess(writer, [path, 'w'])
      await startTogether([child])
      const heardAtMs = await heard
      const [event] = await store.events.read('a', 0)
      expect(event?.event).toEqual({ type: 'text-delta', text: 'hello' })
      expect(heardAtMs - (event?.atMs ?? 0)).toBeLessThan(1_000)
      expect(await child.ended).toBe(0)
      await store.close()
    }))
})

test('a watcher that throws fails no append', () =>
  inTemporaryFolder(async (folder) => {
    const source = `${prelude}
      const caught = new Promise((resolve) => process.once('uncaughtException', resolve))
      store.events.watch(() => { throw new Error('watcher') })
      const events = [{ type: 'text-delta', text: 'x' }]
      const [outcome] = await store.events.append([{ answerId: 'a', run: 1, events }])
      acknowledge('appended ' + outcome.lastSeq)
      acknowledge('thrown ' + (await caught).message)
      await store.close()`
    const child = startLineProcess(source, [join(folder, 'store.db')])
    await startTogether([child])
    expect(await child.remainingLines()).toEqual(['appended 1', 'thrown watcher'])
    expect(await child.ended).toBe(0)
  }))

/** Lets processes that are ready go on at the same moment. */
async function startTogether(children: readonly LineProcess[]): Promise<void> {
  for (const child of children) expect(await child.nextLine()).toBe('ready')
  for (const child of children) child.send('go')
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path)
  const row = database.prepare('PRAGMA integrity_check').get()
  database.close()
  return row?.integrity_check
}

/** A small generator of numbers from 0 to 1 (mulberry32), the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
