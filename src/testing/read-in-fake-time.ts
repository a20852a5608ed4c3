import { type Deadline, startDeadline } from '../base/deadline.ts'
import type { FakeClock } from './fake-clock.ts'

/** What reading something to its end gave. */
export interface FakeTimeReading<T> {
  readonly events: readonly T[]
  /** When each event came, in milliseconds from the beginning of the reading. */
  readonly atMs: readonly number[]
  /** What the reading was rejected with; undefined where it ended in order. */
  readonly error: unknown
  /** When it ended, from its beginning; undefined where it did not within the time given. */
  readonly endedAfterMs: number | undefined
}

/** Reads to the end, or for `forMs` at most, while the fake clock moves. */
export async function readInFakeTime<T>(
  clock: FakeClock,
  source: AsyncIterable<T>,
  forMs: number,
): Promise<FakeTimeReading<T>> {
  const events: T[] = []
  const atMs: number[] = []
  const startedAtMs = clock.now()
  let error: unknown
  let endedAfterMs: number | undefined
  const read = async () => {
    try {
      for await (const event of source) {
        events.push(event)
        atMs.push(clock.now() - startedAtMs)
      }
    } catch (thrown) {
      error = thrown
    }
    endedAfterMs = clock.now() - startedAtMs
  }
  const reading = read()
  await clock.advance(forMs)
  if (endedAfterMs !== undefined) await reading
  return { events, atMs, error, endedAfterMs }
}

/** The same for something that gets a deadline of its own, which is released afterwards. */
export async function readBeforeDeadline<T>(
  clock: FakeClock,
  deadlineMs: number,
  start: (deadline: Deadline) => AsyncIterable<T>,
): Promise<FakeTimeReading<T>> {
  const deadline = startDeadline(clock, deadlineMs)
  const reading = await readInFakeTime(clock, start(deadline), deadlineMs)
  deadline.release()
  return reading
}
