import { isDeepStrictEqual } from 'node:util'
import type { IQueueBackend } from 'bullmq'
import { vi } from 'vitest'
import type { BackendUnderTest } from './testing/engine.ts'
import { drawOperation, type Operation } from './testing/operations.ts'
import { type JobName, Participant, type Result, shortMs } from './testing/participant.ts'
import { Random } from './testing/random.ts'
import { eventsByOperation, separateEvents, snapshotOf } from './testing/snapshot.ts'

/**
 * Gives two backends the same random operations and compares all that can be asked about them.
 *
 * `Date` is frozen and moved by the operations, so both stamp the same times; timers stay real, for a
 * server has its own clock. Locks, windows and deduplication keys either last longer than any run or
 * end within milliseconds of real time.
 */
export interface DifferentialOptions {
  readonly seed: number
  /** Number of operations. Default 200. */
  readonly operations?: number
  /** Compare the whole state after every so many operations. Default 1. */
  readonly compareEvery?: number
}

/** Where two backends first disagreed. */
export interface Divergence {
  readonly seed: number
  readonly step: number
  /** The operations up to the divergence; the last one brought it to light. */
  readonly operations: readonly Operation[]
  readonly what: string
  readonly left: unknown
  readonly right: unknown
}

/** Returns the first divergence, or nothing when there was none. */
export async function compareBackends<
  LeftBackend extends IQueueBackend,
  LeftConnection,
  RightBackend extends IQueueBackend,
  RightConnection,
>(
  left: BackendUnderTest<LeftBackend, LeftConnection>,
  right: BackendUnderTest<RightBackend, RightConnection>,
  options: DifferentialOptions,
): Promise<Divergence | undefined> {
  const names = [`left-${options.seed}`, `right-${options.seed}`]
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const one = new Participant('left', left, names)
  const other = new Participant('right', right, names)
  try {
    await Promise.all([one.ready(), other.ready()])
    return await compare(one, other, options)
  } finally {
    await one.close()
    await other.close()
    vi.useRealTimers()
  }
}

type AnyParticipant = Pick<Participant<IQueueBackend, unknown>, 'apply' | 'heldTokens' | 'queues'>

async function compare(
  left: AnyParticipant,
  right: AnyParticipant,
  { seed, operations = 200, compareEvery = 1 }: DifferentialOptions,
): Promise<Divergence | undefined> {
  const random = new Random(seed)
  const careless = new CarelessWorkers()
  const done: Operation[] = []
  let jobs: JobName[] = []
  const unless = (what: string, a: unknown, b: unknown): Divergence | undefined =>
    isDeepStrictEqual(a, b)
      ? undefined
      : { seed, step: done.length, operations: done, what, left: a, right: b }

  for (let step = 1; step <= operations; step++) {
    const drawn = careless.limit(drawOperation(random))
    const operation = (await meetsDefect(left, drawn)) ? nothing : drawn
    done.push(operation)
    const token = `t${step}`
    const result = await left.apply(operation, jobs, token)
    const otherResult = await right.apply(operation, jobs, token)
    const divergence =
      unless('the result', result, otherResult) ??
      unless('the jobs that are held', left.heldTokens, right.heldTokens)
    if (divergence) return divergence
    careless.note(operation, result)
    await passTime(operation)
    for (const queue of [...left.queues, ...right.queues]) await separateEvents(queue)
    if (step % compareEvery !== 0 && step !== operations) continue
    const state = await Promise.all(left.queues.map(snapshotOf))
    const otherState = await Promise.all(right.queues.map(snapshotOf))
    const inState = unless('the state', state, otherState)
    if (inState) return inState
    jobs = state.flatMap((snapshot, queue) =>
      Object.keys(snapshot.jobs).map((id) => ({ queue, id })),
    )
  }
  const events = await comparableEvents(left, done)
  const otherEvents = await comparableEvents(right, done)
  return unless('the events', events, otherEvents)
}

const nothing: Operation = { do: 'passTime', ms: 1 }

/**
 * Two defects of BullMQ 6.7 on Redis are no standard to compare with. `drain` spares the next job of a
 * scheduler but, when that job waits, cuts others from the list by their number. And while a queue is
 * paused a scheduler does not find its waiting job, so an upsert makes a second one.
 */
async function meetsDefect({ queues }: AnyParticipant, operation: Operation): Promise<boolean> {
  if (operation.do !== 'drain' && operation.do !== 'schedule') return false
  const waiting = (await queues[operation.queue]?.getRanges(['waiting'], 0, -1)) ?? []
  return waiting.some((id) => id.startsWith('repeat:'))
}

/**
 * Redis goes through stalled jobs in the order of a set, which no one can foretell, so in each queue
 * at most one job is in the hands of a worker that lets its lock end.
 */
class CarelessWorkers {
  readonly #isAtWork = [false, false]

  limit(operation: Operation): Operation {
    if (operation.do !== 'take' || !operation.isCareless) return operation
    return { ...operation, isCareless: !this.#isAtWork[operation.queue] }
  }

  note(operation: Operation, { value }: Result): void {
    if (operation.do === 'take' && operation.isCareless && value !== undefined) {
      this.#isAtWork[operation.queue] = true
    }
    if (operation.do === 'checkStalled' && Array.isArray(value) && value.length > 0) {
      this.#isAtWork[operation.queue] = false
    }
  }
}

/** The children of a job are a set on Redis too, so events of their removal are put in order here. */
async function comparableEvents(
  { queues }: AnyParticipant,
  operations: readonly Operation[],
): Promise<unknown> {
  const streams = await Promise.all(queues.map(eventsByOperation))
  return streams.map((stream) =>
    stream.map((events, step) => {
      const isOfSet = operations[step]?.do.startsWith('remove')
      return isOfSet ? events.map((event) => JSON.stringify(event)).sort() : events
    }),
  )
}

/** Each operation has a moment of its own; what ends soon has ended before the next one. */
async function passTime(operation: Operation): Promise<void> {
  vi.setSystemTime(Date.now() + (operation.do === 'passTime' ? operation.ms : 1))
  const endsSoon =
    operation.do === 'checkStalled' || (operation.do === 'take' && operation.isCareless)
  if (!endsSoon) return
  vi.setSystemTime(Date.now() + 2 * shortMs)
  await new Promise((resolve) => setTimeout(resolve, 2 * shortMs))
}
