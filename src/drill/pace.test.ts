import { describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { runPaced } from './pace.ts'

const arrivals = { requests: 50, concurrency: 5, startsPerSecond: 100 }

async function startTimes(workMs: number) {
  const clock = createVirtualClock(0)
  const starts: number[] = []
  let running = 0
  let most = 0
  await runPaced(arrivals, clock, async (index) => {
    starts[index] = clock.now()
    most = Math.max(most, ++running)
    await sleep(clock, workMs)
    running--
  })
  clock.close()
  return { starts, most }
}

describe('runPaced', () => {
  it('starts fast requests at an even pace', async () => {
    const { starts, most } = await startTimes(1)
    expect(starts).toEqual(Array.from({ length: 50 }, (_, index) => index * 10))
    expect(most).toBe(1)
  })

  it('never runs more requests than allowed', async () => {
    const { starts, most } = await startTimes(100)
    expect(most).toBe(5)
    expect(starts.at(-1)).toBeGreaterThanOrEqual(900)
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10)
  })

  it('rejects when a request rejects', async () => {
    const clock = createVirtualClock(0)
    const failing = runPaced(arrivals, clock, async () => {
      throw new Error('not caught by the work itself')
    })
    await expect(failing).rejects.toThrow('not caught')
    clock.close()
  })
})
