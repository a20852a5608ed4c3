/**
 * Fair queueing on a queue that only knows priorities.
 *
 * Every waiting answer has a start tag: the round over the tenants in which it is its turn, so that a
 * tenant with ten thousand answers waits behind itself and not before others. BullMQ orders jobs by a
 * whole number of 21 bits, the smallest first. It is made of the answer's priority (4 bits), which comes
 * first, and of the tag (17 bits), counted from a base near the clock of the tags, since the clock only
 * grows. The base moves on in steps, and at each step the jobs that still wait are numbered anew.
 *
 * Answers of one tenant beyond 131,071 rounds share the last number, in the order in which they came.
 */
export interface QueuePlace {
  readonly priority: number
  readonly startTag: number
}

/** The least urgent priority. What is higher counts as this one. */
export const lowestPriority = 15

/** Rounds that can be told apart. */
const rounds = 2 ** 17

/** By so many rounds the base moves on at a time: half, so that there is always as much before it is full. */
const baseStep = rounds / 2

/** The base that belongs to a moment of the clock, as the number of steps. */
export function baseOf(clock: number): number {
  return Math.floor(clock / baseStep)
}

/** The priority of the job in the queue, from 1 to 2^21 - 1; 0 would mean none, and be served first. */
export function queuePriority({ priority, startTag }: QueuePlace, base: number): number {
  const round = Math.min(Math.max(startTag - base * baseStep, 0), rounds - 2)
  return priority * rounds + 1 + round
}
