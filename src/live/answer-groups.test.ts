import { afterEach, describe, expect, it } from 'vitest'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import type { FollowGroupOptions, GroupLot } from './answer-groups.ts'
import { createEventLog } from './event-log.ts'
import { failed, nextTurn, openGroups, seededRandom, token, until } from './live.fixture.ts'
import type { LiveGroup } from './live-target.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function open() {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock })
  const log = createEventLog({ store: store.events, clock, groupCommitMs: 0 })
  const groups = openGroups(store, log, clock)

  async function accept(id: string, conversationId: string, userId?: string) {
    if (userId !== undefined) await store.conversations.setOwner(conversationId, userId)
    const request = { id, conversationId, pipeline: 'p', input: 1, createdAtMs: clock.now() }
    await store.answers.create(request)
    await store.events.announce(id)
  }
  async function write(id: string, ...texts: readonly string[]) {
    const record = await store.answers.get(id)
    const run = record?.run || (await store.answers.startRun(id))
    await store.events.append([{ answerId: id, run, events: texts.map(token) }])
  }
  async function end(id: string) {
    await write(id)
    const finishedAtMs = clock.now()
    const error = { code: 'NO_ANSWER', message: 'No model answered.' }
    await store.answers.finish(id, 1, { state: 'failed', error, finishedAtMs })
    await store.events.append([{ answerId: id, run: 1, events: [failed] }])
  }
  const follow = (group: LiveGroup, options: FollowGroupOptions = {}) => {
    const abort = new AbortController()
    closers.push(() => abort.abort('test over'))
    return reading(groups.follow(group, { ...options, signal: abort.signal }), abort)
  }
  return { clock, store, log, groups, accept, write, end, follow }
}

/** Reads on its own, and shows what has come and where it stands. */
function reading(lots: AsyncIterable<GroupLot>, abort: AbortController) {
  const seen: string[] = []
  const state = { cursor: '', error: undefined as unknown }
  const done = (async () => {
    try {
      for await (const lot of lots) {
        for (const { seq, event } of lot.events) {
          seen.push(`${lot.answerId}${seq}${event.type === 'text-delta' ? event.text : '!'}`)
        }
        state.cursor = lot.cursorAfter(lot.events.at(-1)?.seq ?? 0)
      }
    } catch (error) {
      state.error = error
    }
  })()
  const stop = async () => {
    abort.abort('stopped')
    await done
    return state.cursor
  }
  return { seen, state, done, stop }
}

const c = { conversationId: 'c' }

describe('a group', () => {
  it('brings answers that are open and those that come in', async () => {
    const { accept, write, end, follow, clock } = open()
    await accept('a', 'c')
    await write('a', 'x')
    const { seen } = follow(c)
    await clock.advance(0)
    await accept('b', 'c')
    await write('b', 'y')
    await end('a')
    await end('b')
    await clock.advance(0)
    expect(seen.filter((each) => each.startsWith('a'))).toEqual(['a1x', 'a2!'])
    expect(seen.filter((each) => each.startsWith('b'))).toEqual(['b1y', 'b2!'])
  })

  it('brings nothing of others', async () => {
    const { accept, write, follow, clock } = open()
    const { seen } = follow(c)
    const user = follow({ userId: 'jane' })
    const pipeline = follow({ pipeline: 'p' })
    const other = follow({ pipeline: 'other' })
    await accept('a', 'd', 'john')
    await accept('b', 'c', 'jane')
    await accept('e', 'f', 'jane')
    for (const id of ['a', 'b', 'e']) await write(id, 'x')
    await clock.advance(0)
    expect(seen).toEqual(['b1x'])
    expect(user.seen.toSorted()).toEqual(['b1x', 'e1x'])
    expect(pipeline.seen.toSorted()).toEqual(['a1x', 'b1x', 'e1x'])
    expect(other.seen).toEqual([])
  })

  it('leaves out what ended long ago', async () => {
    const { accept, end, follow, clock } = open()
    await accept('old', 'c')
    await end('old')
    await clock.advance(15_001)
    await accept('new', 'c')
    await end('new')
    const { seen } = follow(c)
    await clock.advance(0)
    expect(seen).toEqual(['new1!'])
  })

  it('goes on after its cursor, with what came in meanwhile', async () => {
    const { accept, write, end, follow, clock } = open()
    await accept('a', 'c')
    await write('a', 'x', 'y')
    const first = follow(c)
    await clock.advance(0)
    const cursor = await first.stop()
    await write('a', 'z')
    await accept('b', 'c')
    await end('b')
    // However long it was away.
    await clock.advance(3_600_000)
    await end('a')
    const { seen } = follow(c, { startingAfter: cursor })
    await clock.advance(0)
    expect(seen.toSorted()).toEqual(['a3z', 'a4!', 'b1!'])
  })

  it('begins where its first lot says', async () => {
    const { accept, end, follow, clock } = open()
    const cursor = await (async () => {
      const first = follow(c)
      await clock.advance(0)
      return first.stop()
    })()
    await accept('a', 'c')
    await end('a')
    await clock.advance(100_000)
    const { seen } = follow(c, { startingAfter: cursor })
    await clock.advance(0)
    expect(seen).toEqual(['a1!'])
  })

  it('does not repeat what has ended, however often it is left', async () => {
    const { accept, end, follow, clock } = open()
    await accept('a', 'c')
    let current = follow(c)
    await clock.advance(0)
    await end('a')
    const seen: string[] = []
    for (let step = 0; step < 30; step++) {
      await clock.advance(2_500)
      const cursor = await current.stop()
      seen.push(...current.seen)
      current = follow(c, { startingAfter: cursor })
      await clock.advance(0)
    }
    expect(seen).toEqual(['a1!'])
    // By then it is not in the cursor any more.
    await accept('b', 'c')
    await end('b')
    await clock.advance(5_000)
    expect(await current.stop()).not.toContain('a.')
  })

  it('does not follow what a cursor names of others', async () => {
    const { accept, write, follow, clock } = open()
    await accept('secret', 'd')
    await write('secret', 'x', 'y')
    const { seen } = follow(c, { startingAfter: `${Math.floor(clock.now())}~secret.1` })
    await clock.advance(10_000)
    expect(seen).toEqual([])
  })

  it('finds within five seconds what nobody announced', async () => {
    const { store, follow, clock, write } = open()
    const { seen } = follow(c)
    await clock.advance(0)
    // Another process that dies between the record and the announcement.
    const request = { id: 'a', pipeline: 'p', input: 1, createdAtMs: clock.now() }
    await store.answers.create({ ...request, conversationId: 'c' })
    await clock.advance(5_000)
    await write('a', 'x')
    await clock.advance(0)
    expect(seen).toEqual(['a1x'])
  })

  it('refuses a cursor that is none', async () => {
    const { follow, clock } = open()
    const { done, state } = follow(c, { startingAfter: 'x' })
    await clock.advance(0)
    await done
    expect(state.error).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('says when more answers are open than it can follow', async () => {
    const { accept, follow, clock } = open()
    for (let index = 0; index < 201; index++) await accept(`a${index}`, 'c')
    const { done, state } = follow(c)
    await clock.advance(0)
    await done
    expect(state.error).toMatchObject({ code: 'OVERLOADED' })
  })

  it('leaves no watcher and no timer when it is left', async () => {
    const { follow, clock, store } = open()
    let watchers = 0
    const { watch } = store.events
    store.events.watch = (onGrowth) => {
      watchers++
      const stop = watch(onGrowth)
      return () => {
        watchers--
        stop()
      }
    }
    const before = clock.pendingTimers
    const first = follow(c)
    const second = follow({ userId: 'jane' })
    await clock.advance(0)
    expect(watchers).toBeGreaterThan(0)
    await first.stop()
    await second.stop()
    expect(watchers).toBe(0)
    expect(clock.pendingTimers).toBe(before)
  })
})

describe('whatever its readers do', () => {
  it.each([1, 2, 3])('no event of any answer is lost or doubled, seed %i', async (seed) => {
    const random = seededRandom(seed)
    const { accept, write, end, groups, clock } = open()
    const ids = Array.from({ length: 12 }, (_, index) => `a${index}`)
    let ended = 0
    const writing = ids.map(async (id, index) => {
      for (let turns = index * 5; turns > 0; turns--) await nextTurn()
      await accept(id, 'c')
      for (let count = 0; count < 20; count++) {
        await write(id, String(count))
        for (let turns = Math.floor(random() * 3); turns > 0; turns--) await nextTurn()
      }
      await end(id)
      ended++
    })
    const seqs = new Map<string, number[]>()
    const isComplete = () => ids.every((id) => seqs.get(id)?.at(-1) === 21)
    let startingAfter: string | undefined
    while (!isComplete()) {
      const abort = new AbortController()
      let patience = Math.floor(random() * 6)
      const follow = { signal: abort.signal, ...(startingAfter && { startingAfter }) }
      for await (const lot of groups.follow(c, follow)) {
        const taken = lot.events.slice(0, Math.ceil(random() * lot.events.length))
        const known = seqs.get(lot.answerId) ?? []
        seqs.set(lot.answerId, [...known, ...taken.map(({ seq }) => seq)])
        startingAfter = lot.cursorAfter(taken.at(-1)?.seq ?? 0)
        // Some leave in the middle of a lot.
        if (taken.length < lot.events.length || patience-- === 0 || isComplete()) break
      }
      if (random() < 0.2) await clock.advance(random() * 20_000)
    }
    await Promise.all(writing)
    await until(() => ended === ids.length)
    const expected = Array.from({ length: 21 }, (_, index) => index + 1)
    for (const id of ids) expect(seqs.get(id)).toEqual(expected)
  })
})
