import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { noUsage } from '../model/usage.ts'
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts'
import { observe } from './observe.ts'
import type { StartedSubject } from './subject.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = createVirtualClock()
})

afterEach(() => clock.close())

const answer: Answer = {
  id: 'ans_1',
  pipeline: 'test',
  value: 'The whole answer.',
  model: undefined,
  usage: noUsage,
  costUsd: undefined,
  attempts: [],
  mended: [],
  warnings: [],
  traceId: '',
  latencyMs: 0,
  source: 'primary',
  degraded: false,
}
const finished: AnswerEvent = { type: 'answer-finished', answer }

/** Gives its events 10 ms apart. */
function streaming(...events: AnswerEvent[]): StartedSubject {
  return {
    run: () => Promise.reject(new Error('It streams.')),
    async *stream() {
      for (const event of events) {
        await sleep(clock, 10)
        yield event
      }
    },
  }
}

const asked = { request: 3, inputIndex: 1, input: 'hello', patienceMs: 100 }
const watch = (subject: StartedSubject, stream: boolean) =>
  observe(subject, { ...asked, stream }, clock)

describe('observe', () => {
  it('measures an answer', async () => {
    const run = async () => {
      await sleep(clock, 42.5)
      return answer
    }
    const observation = await watch({ ...streaming(), run }, false)
    expect(observation).toMatchObject({ request: 3, inputIndex: 1, durationMs: 42.5 })
    expect(observation.ending).toEqual({ kind: 'answered', answer, shown: undefined })
    expect(clock.pendingTimers).toBe(0)
  })

  it('keeps what a stream showed and did not take back', async () => {
    const { ending } = await watch(
      streaming(
        { type: 'text-delta', text: 'Half of it' },
        { type: 'reset', reason: 'cut' },
        { type: 'text-delta', text: 'The whole ' },
        { type: 'text-delta', text: 'answer.' },
        finished,
      ),
      true,
    )
    expect(ending).toEqual({ kind: 'answered', answer, shown: 'The whole answer.' })
  })

  it('finds a stream that ends without an answer', async () => {
    const { ending } = await watch(streaming({ type: 'text-delta', text: 'Half of it' }), true)
    expect(ending).toMatchObject({ kind: 'failed' })
    expect(ending.kind === 'failed' && String(ending.error)).toMatch(/ended without an answer/)
  })

  it('finds a stream that goes on after its answer', async () => {
    const { ending } = await watch(streaming(finished, { type: 'text-delta', text: 'P.S.' }), true)
    expect(ending.kind === 'failed' && String(ending.error)).toMatch(/went on with text-delta/)
  })

  it('does not wait for ever', async () => {
    const never = { ...streaming(), run: () => new Promise<Answer>(() => undefined) }
    const { ending, durationMs } = await watch(never, false)
    expect(ending).toEqual({ kind: 'hung' })
    expect(durationMs).toBe(100)
  })
})
