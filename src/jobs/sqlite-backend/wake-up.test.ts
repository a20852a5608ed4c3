import { describe, expect, it } from 'vitest'
import { FakeQueueClock } from './testing/fake-queue-clock.ts'
import { type Asked, WakeUp } from './wake-up.ts'

/** A box that someone waits for something to be in. */
function createBox(clock: FakeQueueClock) {
  const box: { content: string[]; dueAt?: number; asked: number } = { content: [], asked: 0 }
  const ask = (): Asked<string> => {
    box.asked += 1
    const answer = box.content.shift()
    if (answer !== undefined) return { answer }
    if (box.dueAt !== undefined && box.dueAt <= clock.now()) return { answer: 'due' }
    return { askAgainAt: box.dueAt }
  }
  return { box, ask }
}

describe('waiting', () => {
  it('ends at once when the answer is there', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    box.content.push('ready')
    expect(await new WakeUp(clock).wait('a', ask, 1_000).answered).toBe('ready')
    expect(clock.pendingTimers).toBe(0)
  })

  it('ends with a signal that brings the answer', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    const wakeUp = new WakeUp(clock)
    const waiting = wakeUp.wait('a', ask, 1_000)
    wakeUp.signalOne('a')
    wakeUp.signalOne('b')
    expect(wakeUp.isAnyoneWaiting).toBe(true)
    box.content.push('ready')
    wakeUp.signalOne('a')
    expect(await waiting.answered).toBe('ready')
    expect([wakeUp.isAnyoneWaiting, clock.pendingTimers]).toEqual([false, 0])
  })

  it('ends without an answer when the time is over', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    const waiting = new WakeUp(clock).wait('a', ask, 1_000)
    clock.advance(1_000)
    expect(await waiting.answered).toBeNull()
    expect(box.asked).toBe(1)
  })

  it('asks again at the time that the question named', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    box.dueAt = clock.now() + 400
    const waiting = new WakeUp(clock).wait('a', ask, 1_000)
    clock.advance(399)
    expect(box.asked).toBe(1)
    clock.advance(1)
    expect(await waiting.answered).toBe('due')
  })

  it('takes a nearer time from a signal', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    const wakeUp = new WakeUp(clock)
    box.dueAt = clock.now() + 900
    const waiting = wakeUp.wait('a', ask, 1_000)
    box.dueAt = clock.now() + 50
    wakeUp.signalOne('a')
    clock.advance(50)
    expect(await waiting.answered).toBe('due')
    expect(clock.pendingTimers).toBe(0)
  })

  it('can be called off', async () => {
    const clock = new FakeQueueClock()
    const { ask } = createBox(clock)
    const wakeUp = new WakeUp(clock)
    const waiting = wakeUp.wait('a', ask, 1_000)
    waiting.callOff()
    waiting.callOff()
    expect(await waiting.answered).toBeNull()
    expect([wakeUp.isAnyoneWaiting, clock.pendingTimers]).toEqual([false, 0])
  })

  it('fails when asking fails', async () => {
    const clock = new FakeQueueClock()
    const wakeUp = new WakeUp(clock)
    const waiting = wakeUp.wait(
      'a',
      () => {
        throw new Error('disk is gone')
      },
      1_000,
    )
    await expect(waiting.answered).rejects.toThrow('disk is gone')
    expect(wakeUp.isAnyoneWaiting).toBe(false)
  })
})

describe('several who wait', () => {
  it('get one answer each, the longest waiting first', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    const wakeUp = new WakeUp(clock)
    const first = wakeUp.wait('a', ask, 1_000)
    const second = wakeUp.wait('a', ask, 1_000)
    box.content.push('one')
    wakeUp.signalOne('a')
    expect(await first.answered).toBe('one')
    expect(box.asked).toBe(3)
    box.content.push('two')
    wakeUp.signalOne('a')
    expect(await second.answered).toBe('two')
  })

  it('are all asked when all are signalled', async () => {
    const clock = new FakeQueueClock()
    const { box, ask } = createBox(clock)
    const wakeUp = new WakeUp(clock)
    const waitings = [wakeUp.wait('a', ask, 1_000), wakeUp.wait('a', ask, 1_000)]
    box.content.push('one', 'two')
    wakeUp.signalEvery((channel) => wakeUp.signalAll(channel))
    expect(await Promise.all(waitings.map(({ answered }) => answered))).toEqual(['one', 'two'])
  })
})
