import { describe, expect, it } from 'vitest'
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { EventStore } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createEventLog } from './event-log.ts'
import { collect, countCalls, failed, started, textOf, token } from './live.fixture.ts'

const open = (wrap: (store: EventStore) => EventStore = (store) => store) => {
  const clock = createFakeClock()
  const { store, counts } = countCalls(wrap(openMemoryStore({ clock }).events))
  return { clock, store, counts, log: createEventLog({ store, clock }) }
}

/** A store whose appends wait until they are let through. */
const gated = () => {
  const waiting: (() => void)[] = []
  const wrap = (store: EventStore): EventStore => ({
    ...store,
    async append(batches) {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return store.append(batches)
    },
  })
  return { wrap, waiting }
}

describe('group commit', () => {
  it('writes the first event at once', async () => {
    const { clock, log, store } = open()
    log.writer('a', 1).append(token('x'))
    await clock.advance(0)
    expect(await store.read('a', 0)).toMatchObject([{ seq: 1, event: token('x') }])
  })

  it('writes what follows within 5 ms', async () => {
    const { clock, log, store } = open()
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await clock.advance(0)
    writer.append(token('x'))
    await clock.advance(5)
    expect(await store.read('a', 0)).toHaveLength(2)
  })

  it('shares one commit among all answers', async () => {
    const { clock, log, counts } = open()
    const writers = Array.from({ length: 50 }, (_, index) => log.writer(`a${index}`, 1))
    for (let elapsedMs = 0; elapsedMs < 100; elapsedMs++) {
      for (const writer of writers) writer.append(token('x'))
      await clock.advance(1)
    }
    expect(counts.appends).toBe(26)
    await log.close()
  })

  it('merges adjacent deltas of one commit', async () => {
    const { clock, log, store } = open()
    const writer = log.writer('a', 1)
    for (const text of ['Hel', 'lo', ' there']) writer.append(token(text))
    await clock.advance(5)
    expect(await store.read('a', 0)).toMatchObject([{ seq: 1, event: token('Hello there') }])
  })

  it('delivers only what is written', async () => {
    const { wrap, waiting } = gated()
    const { clock, log } = open(wrap)
    const received: string[] = []
    const reading = (async () => {
      for await (const events of log.subscribe('a')) received.push(textOf(events))
    })()
    const writer = log.writer('a', 1)
    writer.append(token('x'))
    await clock.advance(1_000)
    expect(received).toEqual([])
    waiting.shift()?.()
    await clock.advance(0)
    expect(received).toEqual(['x'])
    writer.append(failed)
    await clock.advance(5)
    waiting.shift()?.()
    await clock.advance(5)
    await reading
  })

  it('asks a writer to wait that is far ahead', async () => {
    const { wrap, waiting } = gated()
    const { clock, log } = open(wrap)
    const writer = log.writer('a', 1)
    let room: undefined | Promise<void>
    let taken = 0
    while (!room) {
      room = writer.append(token('x'))
      taken++
    }
    expect(taken).toBe(1_000)
    let hasRoom = false
    const waited = room.then(() => {
      hasRoom = true
    })
    await clock.advance(100)
    expect(hasRoom).toBe(false)
    waiting.shift()?.()
    await waited
    expect(writer.append(token('x'))).toBeUndefined()
  })

  it('resolves flush when the events are durable', async () => {
    const { clock, log, store } = open()
    const writer = log.writer('a', 1)
    writer.append(token('x'))
    writer.append(failed)
    const flushed = writer.flush()
    await clock.advance(5)
    await flushed
    expect(await store.read('a', 0)).toHaveLength(2)
  })

  it('refuses events after the last one', async () => {
    const { log } = open()
    const writer = log.writer('a', 1)
    writer.append(failed)
    expect(() => writer.append(token('late'))).toThrow(/after its last event/)
    await writer.close()
  })
})

describe('fencing', () => {
  it('refuses a run that was replaced', async () => {
    const { clock, log, store } = open()
    const dead = log.writer('a', 1)
    dead.append(token('old'))
    await clock.advance(5)
    const heir = log.writer('a', 2)
    heir.append(started('a', 2))
    await clock.advance(5)
    dead.append(token('late'))
    const flushed = dead.flush()
    const refusal = expect(flushed).rejects.toMatchObject({
      code: 'STALE_RUN',
      data: { answerId: 'a', run: 1, current: 2 },
    })
    await clock.advance(5)
    await refusal
    expect(textOf(await store.read('a', 0))).toBe('old')
  })

  it('fails every later call of a refused writer', async () => {
    const { clock, log } = open()
    log.writer('a', 2).append(started('a', 2))
    await clock.advance(5)
    const dead = log.writer('a', 1)
    dead.append(token('late'))
    await clock.advance(5)
    expect(() => dead.append(token('later'))).toThrow(/run 2 has taken the answer over/)
    await expect(dead.close()).rejects.toSatisfy((error) => isHoldfastError(error, 'STALE_RUN'))
  })

  it('lets the others of the commit stand', async () => {
    const { clock, log, store } = open()
    log.writer('a', 2).append(started('a', 2))
    await clock.advance(5)
    const dead = log.writer('a', 1)
    const other = log.writer('b', 1)
    dead.append(token('late'))
    other.append(token('fine'))
    const flushed = other.flush()
    await clock.advance(5)
    await flushed
    expect(textOf(await store.read('b', 0))).toBe('fine')
  })
})

describe('a store that fails', () => {
  const down = new HoldfastError('STORE_UNAVAILABLE', 'The disk is full.', { location: 'disk' })

  it('fails the writers with what it threw', async () => {
    const { clock, log } = open((store) => ({ ...store, append: () => Promise.reject(down) }))
    const writer = log.writer('a', 1)
    writer.append(token('x'))
    await clock.advance(5)
    expect(() => writer.append(token('y'))).toThrow(down)
    await expect(writer.flush()).rejects.toBe(down)
  })

  it('is not asked again by the same writer', async () => {
    const { clock, log, counts } = open((store) => ({
      ...store,
      append: () => Promise.reject(down),
    }))
    const writer = log.writer('a', 1)
    writer.append(token('x'))
    await clock.advance(100)
    await expect(writer.close()).rejects.toBe(down)
    expect(counts.appends).toBe(1)
  })

  it('takes the others when it refuses one event', async () => {
    const { clock, log, store } = open()
    const wrong = log.writer('a', 1)
    const right = log.writer('b', 1)
    wrong.append({ type: 'field', path: ['total'], value: 1n as unknown as number })
    right.append(token('fine'))
    const flushed = right.flush()
    await clock.advance(5)
    await flushed
    expect(textOf(await store.read('b', 0))).toBe('fine')
    await expect(wrong.flush()).rejects.toSatisfy((error) =>
      isHoldfastError(error, 'INVALID_INPUT'),
    )
  })
})

describe('closing', () => {
  it('writes what was appended and leaves no timer', async () => {
    const { clock, log, store } = open()
    const writer = log.writer('a', 1)
    writer.append(started('a'))
    await clock.advance(0)
    writer.append(failed)
    const closed = log.close()
    await clock.advance(5)
    await closed
    expect(await collect(createEventLog({ store, clock }).subscribe('a'))).toHaveLength(2)
    expect(clock.pendingTimers).toBe(0)
    expect(() => log.writer('b', 1).append(token('x'))).toThrow()
  })
})
