import { describe, expect, it } from 'vitest'
import { startDeadline } from '../base/deadline.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { findNearest } from './find-nearest.ts'

const question = { conversationId: 'c', message: 'How is the kitten?' }

function setUp() {
  const clock = createFakeClock()
  const logged: string[] = []
  const telemetry = {
    ...silentTelemetry,
    log: (_level: string, message: string) => void logged.push(message),
  }
  const deadline = startDeadline(clock, 8_000)
  const run = { clock, telemetry, deadline, span: telemetry.startTrace('test') }
  return { clock, run, logged, deadline }
}

describe('findNearest', () => {
  it('gives what the application finds', async () => {
    const { run, logged, clock, deadline } = setUp()
    const asked: unknown[] = []
    const nearest = async (each: unknown) => {
      asked.push(each)
      return [3, 1]
    }
    expect(await findNearest({ nearest }, question, run)).toEqual([3, 1])
    expect(asked).toMatchObject([question])
    expect(await findNearest({}, question, run)).toBeUndefined()
    deadline.release()
    expect(clock.pendingTimers).toBe(0)
    expect(logged).toEqual([])
  })

  it('does without what fails, and says so', async () => {
    const { run, logged } = setUp()
    const nearest = async () => {
      throw new Error('The vectors are away.')
    }
    expect(await findNearest({ nearest }, question, run)).toBeUndefined()
    expect(logged).toEqual(['Older turns could not be found by meaning.'])
  })

  it('waits for half a second and stops what is late', async () => {
    const { run, clock, logged } = setUp()
    let stopped = false
    const finding = findNearest(
      {
        nearest: ({ signal }) =>
          new Promise(() => signal.addEventListener('abort', () => (stopped = true))),
      },
      question,
      run,
    )
    await clock.advance(500)
    expect(await finding).toBeUndefined()
    expect(stopped).toBe(true)
    expect(logged).toHaveLength(1)
  })
})
