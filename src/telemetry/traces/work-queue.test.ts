import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { createWorkQueue, type Work } from './work-queue.ts'

const forever = new Promise<void>(() => {})

function createTestQueue() {
  const clock = createFakeClock()
  const log: string[] = []
  const queue = createWorkQueue({ clock, maxLength: 3, maxSize: 100, timeoutMs: 1_000 })
  const work = (name: string, run: () => Promise<void> = async () => {}, size = 1): Work => ({
    size,
    async run() {
      log.push(`${name} runs`)
      await run()
      log.push(`${name} ended`)
    },
    onFailure: (reason) => log.push(`${name}: ${reason}`),
  })
  return { clock, queue, log, work }
}

describe('work queue', () => {
  it('does one piece after the other, in order', async () => {
    const { clock, queue, log, work } = createTestQueue()
    expect(['a', 'b'].map((name) => queue.offer(work(name)))).toEqual([true, true])
    expect(log).toEqual([])
    await queue.settled(1_000)
    expect(log).toEqual(['a runs', 'a ended', 'b runs', 'b ended'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('takes no more than it has room for', async () => {
    const { queue, work } = createTestQueue()
    const offers = ['a', 'b', 'c', 'd'].map((name) => queue.offer(work(name)))
    expect(offers).toEqual([true, true, true, false])
    expect(queue.waiting).toBe(3)
    await queue.settled(1_000)
    expect(queue.offer(work('e'))).toBe(true)
  })

  it('takes no more than fits into its memory', async () => {
    const { queue, work } = createTestQueue()
    expect(queue.offer(work('a', undefined, 90))).toBe(true)
    expect(queue.offer(work('b', undefined, 20))).toBe(false)
    expect(queue.offer(work('c', undefined, 10))).toBe(true)
    await queue.settled(1_000)
    expect(queue.offer(work('d', undefined, 100))).toBe(true)
  })

  it('goes on after work that fails or hangs', async () => {
    const { clock, queue, log, work } = createTestQueue()
    queue.offer(work('bad', () => Promise.reject(new Error('x'))))
    queue.offer(work('hung', () => forever))
    queue.offer(work('good'))
    await clock.advance(1_000)
    expect(log).toEqual([
      'bad runs',
      'bad: error',
      'hung runs',
      'hung: timeout',
      'good runs',
      'good ended',
    ])
  })

  it('does not keep anybody waiting for work that hangs', async () => {
    const { clock, queue, work } = createTestQueue()
    queue.offer(work('hung', () => forever))
    let isSettled = false
    void queue.settled(400).then(() => {
      isSettled = true
    })
    await clock.advance(399)
    expect(isSettled).toBe(false)
    await clock.advance(1)
    expect(isSettled).toBe(true)
  })

  it('waits for what was taken before, not for what came later', async () => {
    const { clock, queue, log, work } = createTestQueue()
    queue.offer(work('early'))
    const settled = queue.settled(10_000).then(() => log.push('settled'))
    queue.offer(work('late', () => forever))
    await settled
    expect(log).toEqual(['early runs', 'early ended', 'late runs', 'settled'])
    await clock.advance(1_000)
  })

  it('has nothing to wait for before it has anything to do', async () => {
    const { clock, queue } = createTestQueue()
    await queue.settled(1_000)
    expect(clock.pendingTimers).toBe(0)
  })
})
