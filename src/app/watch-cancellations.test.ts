import { describe, expect, it } from 'vitest'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { watchCancellations } from './watch-cancellations.ts'

/** An answer at work in this process, and how another one writes its log and cancels it. */
async function setUp() {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock })
  await store.answers.create({ id: 'ans_1', pipeline: 'greet', input: {}, createdAtMs: 1 })
  const run = await store.answers.startRun('ans_1')
  const errors: unknown[] = []
  const watch = watchCancellations(store.answers, store.events, clock, (error) =>
    errors.push(error),
  )
  let told = 0
  const stop = watch.onCancelled('ans_1', () => {
    told++
  })
  const write = async () => {
    const event = { type: 'text-delta', text: 'x' } as const
    await store.events.append([{ answerId: 'ans_1', run, events: [event] }])
  }
  return { clock, store, write, stop, watch, errors, told: () => told }
}

describe('watchCancellations', () => {
  it('tells a run that its answer was cancelled, a quarter of a second after its event', async () => {
    const { clock, store, write, told, errors } = await setUp()
    await write()
    await clock.advance(250)
    expect(told()).toBe(0)
    await store.answers.cancel('ans_1')
    await write()
    await clock.advance(250)
    expect([told(), errors]).toEqual([1, []])
  })

  it('looks once for a burst of events, and does not miss the last', async () => {
    const { clock, store, write, told } = await setUp()
    for (let count = 0; count < 50; count++) await write()
    expect(clock.pendingTimers).toBe(1)
    await store.answers.cancel('ans_1')
    await clock.advance(250)
    expect(told()).toBe(1)
  })

  it('leaves nothing behind when the run is over', async () => {
    const { clock, write, stop, watch } = await setUp()
    await write()
    stop()
    watch.close()
    expect(clock.pendingTimers).toBe(0)
  })
})
