/** What must hold when several processes share a store, and when they are killed. */
import { describe, expect, test } from 'vitest'
import type { Memory, Turn } from '../model/conversation.ts'
import { type LineProcess, startLineProcess } from './line-process.ts'
import { seededRandom } from './seeded-random.ts'
import type { WholeStore } from './whole-store-contract.ts'

/** Stores that processes share by a location, such as the path of a file. */
export interface SharedStores {
  /** JavaScript that imports what it needs and defines `open(location)`; processes run it. */
  readonly source: string
  open(location: string): Promise<ClosableStore>
  /** Runs `work` with the location of an empty store, and removes the store however the work ends. */
  inPlace(work: (location: string) => Promise<void>): Promise<void>
  /** Checks that a closed store is whole. */
  check?(location: string): Promise<void>
}

export type ClosableStore = WholeStore & { close(): Promise<void> }

/** Four processes start within seconds even on a machine that is busy with other tests. */
const patienceMs = 60_000

const processNames = ['p', 'q', 'r', 's']
const writerNames = processNames.flatMap((name) => [`${name}1`, `${name}2`])

/** What every store keeps to that several processes write to. */
export function describeStoreProcesses(name: string, stores: SharedStores): void {
  /** The beginning of each process, which waits for a line before it opens the store. */
  const prelude = `
    import { writeSync } from 'node:fs'
    ${stores.source}
    const [location, name] = process.argv.slice(1)
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
    const store = await open(location)
  `
  const run = (work: (location: string) => Promise<void>) =>
    stores.inPlace(async (location) => {
      await work(location)
      await stores.check?.(location)
    })

  describe(`${name}: eight writers in four processes`, () => {
    test.each([1, 2, 3, 4])(
      'killed at any moment lose nothing acknowledged, seed %i',
      (seed) =>
        run(async (location) => {
          const random = seededRandom(seed)
          const children = startAll(endlessWriters(prelude), location)
          await startTogether(children)
          const acknowledged = await Promise.all(
            children.map((child) => readUntilKilled(child, 1 + Math.floor(random() * 150))),
          )
          await checkNothingLost(await stores.open(location), acknowledged.flat())
        }),
      patienceMs,
    )

    test(
      'lose nothing, leave no gap and merge every field',
      () =>
        run(async (location) => {
          const children = startAll(countedWriters(prelude), location)
          await startTogether(children)
          const store = await stores.open(location)
          const finished = Promise.all(children.map((child) => child.nextLine()))
          const views = await readUntil(store, finished)
          expect(await finished).toEqual(processNames.map(() => 'done'))
          for (const child of children) expect(await child.ended).toBe(0)
          for (const view of views) checkView(view)
          await checkAllThere(store)
          await store.close()
        }),
      patienceMs,
    )
  })

  describe(`${name}: watching another process`, () => {
    test(
      'its events are heard within a second',
      () =>
        run(async (location) => {
          const store = await stores.open(location)
          const heard = new Promise<number>((resolve) => {
            store.events.watch((answerId) => {
              expect(answerId).toBe('a')
              resolve(Date.now())
            })
          })
          const events = `[{ type: 'text-delta', text: 'hello' }]`
          const child = startLineProcess(
            `${prelude}
          await store.events.append([{ answerId: 'a', run: 1, events: ${events} }])
          await store.close()`,
            [location, 'w'],
          )
          await startTogether([child])
          const heardAtMs = await heard
          const [event] = await store.events.read('a', 0)
          expect(event?.event).toEqual({ type: 'text-delta', text: 'hello' })
          expect(heardAtMs - (event?.atMs ?? 0)).toBeLessThan(1_000)
          expect(await child.ended).toBe(0)
          await store.close()
        }),
      patienceMs,
    )

    test(
      'a watcher that throws fails no append',
      () =>
        run(async (location) => {
          const source = `${prelude}
          const caught = new Promise((resolve) => process.once('uncaughtException', resolve))
          store.events.watch(() => { throw new Error('watcher') })
          const events = [{ type: 'text-delta', text: 'x' }]
          const [outcome] = await store.events.append([{ answerId: 'a', run: 1, events }])
          acknowledge('appended ' + outcome.lastSeq)
          acknowledge('thrown ' + (await caught).message)
          await store.close()`
          const child = startLineProcess(source, [location])
          await startTogether([child])
          expect(await child.remainingLines()).toEqual(['appended 1', 'thrown watcher'])
          expect(await child.ended).toBe(0)
        }),
      patienceMs,
    )
  })
}

/** Two writers that go on until they are killed, and say what was acknowledged to them. */
function endlessWriters(prelude: string): string {
  return `${prelude}
    const write = async (writer) => {
      for (let n = 1; ; n++) {
        const text = writer + ':' + n
        const { turns } = await store.conversations.append('c', [turn(text), turn(text)])
        acknowledge('turn ' + turns[0].seq + ' ' + text)
        const [outcome] = await store.events.append([
          { answerId: 'a', run: 1, events: [{ type: 'text-delta', text }] },
        ])
        acknowledge('event ' + outcome.lastSeq + ' ' + text)
        await store.conversations.mergeState('c', { [writer]: { [n]: 'kept' } })
        acknowledge('state ' + writer + ' ' + n)
      }
    }
    await Promise.all([write(name + '1'), write(name + '2')])`
}

const turnsPerWriter = 60

/** Two writers that append their turns in pairs, merge a field for each pair, and end. */
function countedWriters(prelude: string): string {
  return `${prelude}
    const write = async (writer) => {
      for (let n = 0; n < ${turnsPerWriter}; n += 2) {
        await store.conversations.append('c', [turn(writer + ':' + n), turn(writer + ':' + (n + 1))])
        await store.conversations.mergeState('c', { [writer]: { [n]: 'kept' } })
      }
    }
    await Promise.all([write(name + '1'), write(name + '2')])
    await store.close()
    acknowledge('done')`
}

function startAll(source: string, location: string): readonly LineProcess[] {
  return processNames.map((name) => startLineProcess(source, [location, name]))
}

/** Lets processes that are ready go on at the same moment. */
async function startTogether(children: readonly LineProcess[]): Promise<void> {
  for (const child of children) expect(await child.nextLine()).toBe('ready')
  for (const child of children) child.send('go')
}

/** Takes that many acknowledgements, kills the process, and takes what it still had said. */
async function readUntilKilled(child: LineProcess, killAfter: number): Promise<string[]> {
  const lines: string[] = []
  while (lines.length < killAfter) lines.push((await child.nextLine()) ?? 'ended early')
  child.kill()
  lines.push(...(await child.remainingLines()))
  expect(await child.ended).toBe('SIGKILL')
  return lines
}

async function checkNothingLost(
  store: ClosableStore,
  acknowledged: readonly string[],
): Promise<void> {
  const turns = await store.conversations.readTurns('c', { limit: 100_000 })
  const events = await store.events.read('a', 0, 100_000)
  const { workingState } = await store.conversations.readMemory('c', 0)
  expect(turns.map((turn) => turn.seq)).toEqual(turns.map((_, index) => index + 1))
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
  for (const line of acknowledged) {
    const [kind, place, text = ''] = line.split(' ')
    if (kind === 'turn') {
      const pair = turns.slice(Number(place) - 1, Number(place) + 1)
      expect(pair.map((turn) => turn.message.content)).toEqual([text, text])
    } else if (kind === 'event') {
      expect(events[Number(place) - 1]?.event).toEqual({ type: 'text-delta', text })
    } else {
      expect(kind).toBe('state')
      expect(workingState.value[String(place)]).toHaveProperty(text, 'kept')
    }
  }
  // What is there beyond the acknowledgements is at most one write in flight per writer.
  const said = (kind: string) => acknowledged.filter((line) => line.startsWith(kind)).length
  expect(turns.length / 2 - said('turn')).toBeLessThanOrEqual(writerNames.length)
  expect(events.length - said('event')).toBeLessThanOrEqual(writerNames.length)
  await store.close()
}

/** Reads the memory over and over until the work is done. */
async function readUntil(store: ClosableStore, done: Promise<unknown>): Promise<Memory[]> {
  const views: Memory[] = []
  let running = true
  const stop = done.finally(() => {
    running = false
  })
  while (running) {
    views.push(await store.conversations.readMemory('c', 5))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await stop
  return views
}

/** A view is of one moment: it holds the newest turns of as many as it says there are. */
function checkView(view: Memory): void {
  const newest = Math.min(5, view.totalTurns)
  expect(view.recentTurns.map((turn) => turn.seq)).toEqual(
    Array.from({ length: newest }, (_, index) => view.totalTurns - newest + 1 + index),
  )
  expect(view.totalTurns % 2).toBe(0)
}

async function checkAllThere(store: ClosableStore): Promise<void> {
  const turns = await store.conversations.readTurns('c')
  expect(turns.map((turn) => turn.seq)).toEqual(
    Array.from({ length: writerNames.length * turnsPerWriter }, (_, index) => index + 1),
  )
  for (const writer of writerNames) {
    const own = turns.filter((turn) => turn.message.content.startsWith(`${writer}:`))
    expect(own.map(numberOf)).toEqual(Array.from({ length: turnsPerWriter }, (_, n) => n))
    // Turns of one append stand next to each other.
    for (const [index, turn] of own.entries()) {
      if (index % 2 === 1) expect(turn.seq).toBe((own[index - 1]?.seq ?? 0) + 1)
    }
  }
  const { workingState } = await store.conversations.readMemory('c', 0)
  expect(Object.keys(workingState.value).sort()).toEqual(writerNames)
  for (const writer of writerNames) {
    expect(Object.keys(workingState.value[writer] ?? {})).toHaveLength(turnsPerWriter / 2)
  }
  expect(workingState.version).toBe((writerNames.length * turnsPerWriter) / 2)
}

function numberOf(turn: Turn): number {
  return Number(turn.message.content.split(':')[1])
}
