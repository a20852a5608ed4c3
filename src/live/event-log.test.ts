import { describe, expect, it } from 'vitest'
import type { EventStore } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createEventLog, type EventLog } from './event-log.ts'
import {
  collect,
  countCalls,
  failed,
  nextTurn,
  seededRandom,
  seqsOf,
  started,
  textOf,
  token,
  until,
} from './live.fixture.ts'

const open = () => {
  const clock = createFakeClock()
  const { store, counts } = countCalls(openMemoryStore({ clock }).events)
  return { clock, store, counts, log: createEventLog({ store, clock }) }
}

/** Writes an answer of that many tokens, each in a commit of its own. */
async function writeAll(store: EventStore, answerId: string, tokens: number): Promise<void> {
  for (let count = 1; count <= tokens; count++) {
    await store.append([{ answerId, run: 1, events: [token(`${count} `)] }])
  }
  await store.append([{ answerId, run: 1, events: [failed] }])
}

const textOfTokens = (tokens: number): string =>
  Array.from({ length: tokens }, (_, index) => `${index + 1} `).join('')

describe('a subscription', () => {
  it('begins with the log and goes on live', async () => {
    const { clock, log } = open()
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await clock.advance(5)
    const reading = collect(log.subscribe('a'))
    writer.append(token('live'))
    await clock.advance(5)
    writer.append(failed)
    await clock.advance(5)
    const events = await reading
    expect(seqsOf(events)).toEqual([1, 2, 3])
    expect(textOf(events)).toBe('live')
  })

  it('waits for an answer that has not begun', async () => {
    const { clock, log } = open()
    const reading = collect(log.subscribe('a'))
    await clock.advance(5)
    log.writer('a', 1).append(failed)
    await clock.advance(5)
    expect(seqsOf(await reading)).toEqual([1])
  })

  it('starts after the given number', async () => {
    const { store, log } = open()
    await writeAll(store, 'a', 9)
    expect(seqsOf(await collect(log.subscribe('a', { afterSeq: 7 })))).toEqual([8, 9, 10])
  })

  it('ends at once after the last event', async () => {
    const { store, log } = open()
    await writeAll(store, 'a', 2)
    expect(await collect(log.subscribe('a', { afterSeq: 3 }))).toEqual([])
  })

  it('refuses a number that the log does not hold', async () => {
    const { store, log } = open()
    await writeAll(store, 'a', 2)
    await expect(collect(log.subscribe('a', { afterSeq: 4 }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { kind: 'event', id: 'a/4' },
    })
  })

  it('refuses what is no sequence number', async () => {
    const { log } = open()
    for (const afterSeq of [-1, 1.5, Number.NaN]) {
      await expect(collect(log.subscribe('a', { afterSeq }))).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    }
  })

  it('hears a writer in another process', async () => {
    const { clock, store, log } = open()
    const elsewhere = createEventLog({ store, clock })
    const reading = collect(log.subscribe('a'))
    const writer = elsewhere.writer('a', 1)
    for (const event of [started('a'), token('from afar'), failed]) {
      writer.append(event)
      await clock.advance(5)
    }
    expect(textOf(await reading)).toBe('from afar')
  })

  it('reads what is pushed as it is stored', async () => {
    const { clock, store, log } = open()
    const reading = collect(log.subscribe('a'))
    const writer = log.writer('a', 1)
    for (const event of [started('a'), token('x'), failed]) {
      writer.append(event)
      await clock.advance(7)
    }
    expect(await reading).toEqual(await store.read('a', 0))
  })

  it('rejects with the reason of its signal', async () => {
    const { log } = open()
    const abort = new AbortController()
    const reading = collect(log.subscribe('a', { signal: abort.signal }))
    await nextTurn()
    abort.abort('enough')
    await expect(reading).rejects.toBe('enough')
  })

  it('rejects when the log is closed', async () => {
    const { log } = open()
    const reading = collect(log.subscribe('a'))
    await nextTurn()
    await log.close()
    await expect(reading).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(collect(log.subscribe('b'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('stops watching when nobody reads', async () => {
    const { store, counts, log } = open()
    await writeAll(store, 'a', 3)
    const abort = new AbortController()
    const waiting = collect(log.subscribe('b', { signal: abort.signal }))
    await collect(log.subscribe('a'))
    expect(counts.watchers).toBe(1)
    abort.abort()
    await expect(waiting).rejects.toThrow()
    expect(counts.watchers).toBe(0)
  })

  it('learns whether an event is the last one', async () => {
    const { store, log } = open()
    await writeAll(store, 'a', 2)
    expect(await log.endsAt('a', 0)).toBe(false)
    expect(await log.endsAt('a', 2)).toBe(false)
    expect(await log.endsAt('a', 3)).toBe(true)
    await expect(log.endsAt('a', 4)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('many subscriptions of one answer', () => {
  it('share the reads of a late join', async () => {
    const { store, counts, log } = open()
    await writeAll(store, 'a', 600)
    counts.reads = 0
    const readers = Array.from({ length: 500 }, () => collect(log.subscribe('a')))
    for (const events of await Promise.all(readers)) expect(textOf(events)).toBe(textOfTokens(600))
    // 601 events are three pages.
    expect(counts.reads).toBeLessThanOrEqual(3)
  })

  it('need no read while they are live', async () => {
    const { clock, counts, log } = open()
    const readers = Array.from({ length: 100 }, () => collect(log.subscribe('a')))
    await clock.advance(0)
    const before = counts.reads
    const writer = log.writer('a', 1)
    for (let count = 0; count < 200; count++) {
      writer.append(token('x'))
      await clock.advance(5)
    }
    writer.append(failed)
    await clock.advance(5)
    for (const events of await Promise.all(readers)) expect(events).toHaveLength(201)
    // One by the compaction after the end.
    expect(counts.reads).toBe(before + 1)
  })

  it('are not delayed by one that does not read', async () => {
    const { clock, counts, log } = open()
    const stuck = log.subscribe('a')[Symbol.asyncIterator]()
    const fast = collect(log.subscribe('a'))
    const writer = log.writer('a', 1)
    writer.append(token('0 '))
    await clock.advance(5)
    const first = await stuck.next()
    for (let count = 1; count < 3_000; count++) {
      writer.append(token(`${count} `))
      if (count % 10 === 0) await clock.advance(5)
    }
    writer.append(failed)
    await clock.advance(5)
    // All of it has gone by before the stuck one takes its second lot, and then it lacks nothing.
    const all = await fast
    expect(counts.reads).toBeLessThanOrEqual(3)
    const rest = await collect({ [Symbol.asyncIterator]: () => stuck })
    expect(seqsOf([...first.value, ...rest])).toEqual(seqsOf(all))
  })
})

/** A store whose every answer takes a random number of turns, and whose hints are as bad as allowed. */
function slow(store: EventStore, random: () => number): EventStore {
  const aWhile = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await nextTurn()
  }
  return {
    ...store,
    async append(batches) {
      await aWhile()
      const outcomes = await store.append(batches)
      await aWhile()
      return outcomes
    },
    async read(answerId, afterSeq, limit) {
      await aWhile()
      const events = await store.read(answerId, afterSeq, limit)
      await aWhile()
      return events
    },
    reopen: (answerId) => store.reopen(answerId),
    watch: (onGrowth) =>
      store.watch((answerId, lastSeq) => {
        const hint = () => onGrowth(answerId, random() < 0.5 ? lastSeq : undefined)
        const times = Math.floor(random() * 2) + 1
        for (let count = 0; count < times; count++) aWhile().then(hint)
      }),
  }
}

describe('whatever the store and the readers do', () => {
  /** A reader that leaves and comes back at random, as often as its luck has it. */
  async function readInPieces(log: EventLog, answerId: string, random: () => number) {
    const seqs: number[] = []
    for (;;) {
      const afterSeq = seqs.at(-1) ?? 0
      const abort = new AbortController()
      let left = false
      try {
        for await (const events of log.subscribe(answerId, { afterSeq, signal: abort.signal })) {
          seqs.push(...seqsOf(events))
          if (events.some(({ event }) => event.type === 'answer-failed')) return seqs
          for (let turns = Math.floor(random() * 3); turns > 0; turns--) await nextTurn()
          left = random() < 0.2
          if (left) break
        }
        if (!left) return seqs
      } finally {
        abort.abort()
      }
    }
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('no event is lost or doubled, seed %i', async (seed) => {
    const random = seededRandom(seed)
    const clock = createFakeClock()
    const memory = openMemoryStore({ clock }).events
    const here = createEventLog({ store: slow(memory, random), clock, groupCommitMs: 0 })
    const elsewhere = createEventLog({ store: slow(memory, random), clock, groupCommitMs: 0 })
    const answers = ['a', 'b', 'c']
    const total = 120

    // Each answer is begun in one process and taken over by the other, in the middle of a sentence.
    const writing = answers.map(async (answerId) => {
      for (const [run, log] of [here, elsewhere].entries()) {
        const writer = log.writer(answerId, run + 1)
        for (let count = 0; count < total / 2; count++) {
          // Two kinds in turn, so that nothing merges and every event can be counted.
          writer.append(count % 2 === 0 ? token('x') : started(answerId, run + 1))
          if (random() < 0.3) await nextTurn()
        }
        if (run === 1) writer.append(failed)
        await writer.close()
      }
    })
    const reading = answers.flatMap((answerId) =>
      [here, elsewhere].flatMap((log) =>
        Array.from({ length: 4 }, async () => {
          for (let turns = Math.floor(random() * 100); turns > 0; turns--) await nextTurn()
          return readInPieces(log, answerId, random)
        }),
      ),
    )
    await Promise.all(writing)
    const expected = Array.from({ length: total + 1 }, (_, index) => index + 1)
    for (const seqs of await Promise.all(reading)) expect(seqs).toEqual(expected)
  })

  it('a hint that comes during a refused write is heard after it', async () => {
    const clock = createFakeClock()
    const memory = openMemoryStore({ clock }).events
    const { promise: letThrough, resolve } = Promise.withResolvers<void>()
    const store: EventStore = {
      ...memory,
      async append(batches) {
        await letThrough
        return memory.append(batches)
      },
    }
    const log = createEventLog({ store, clock })
    const reading = collect(log.subscribe('a'))
    await nextTurn()
    const dead = log.writer('a', 1)
    dead.append(token('late'))
    await nextTurn()
    // The heir in another process writes all there is, while the dead one's write is under way.
    await memory.append([{ answerId: 'a', run: 2, events: [started('a', 2), failed] }])
    await nextTurn()
    resolve()
    await expect(dead.flush()).rejects.toMatchObject({ code: 'STALE_RUN' })
    expect(seqsOf(await reading)).toEqual([1, 2])
  })

  it('a hint that comes during a read is not taken for answered', async () => {
    const clock = createFakeClock()
    const memory = openMemoryStore({ clock }).events
    const reads: (() => void)[] = []
    const store: EventStore = {
      ...memory,
      async read(answerId, afterSeq, limit) {
        const events = await memory.read(answerId, afterSeq, limit)
        await new Promise<void>((resolve) => reads.push(resolve))
        return events
      },
    }
    const reading = collect(createEventLog({ store, clock }).subscribe('a'))
    await until(() => reads.length === 1)
    // Written after the read has looked, told of before it has returned.
    await memory.append([{ answerId: 'a', run: 1, events: [failed] }])
    await nextTurn()
    reads.shift()?.()
    await until(() => reads.length === 1)
    reads.shift()?.()
    expect(seqsOf(await reading)).toEqual([1])
  })
})
