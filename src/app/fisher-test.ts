/** Successes among so many. */
export interface Share {
  readonly good: number
  readonly of: number
}

/**
 * How probable it is that `now` has so few successes or fewer, were the share the same as `before`:
 * Fisher's exact test, one-sided (Fisher 1922). From 0 to 1; it is exact however few there are.
 */
export function probabilityOfFall(before: Share, now: Share): number {
  const all = before.of + now.of
  const good = before.good + now.good
  let probability = 0
  for (let drawn = Math.max(0, now.of - (all - good)); drawn <= now.good; drawn++) {
    probability += Math.exp(
      logChoose(good, drawn) + logChoose(all - good, now.of - drawn) - logChoose(all, now.of),
    )
  }
  return Math.min(1, probability)
}

function logChoose(from: number, count: number): number {
  if (count < 0 || count > from) return Number.NEGATIVE_INFINITY
  let sum = 0
  for (let step = 1; step <= count; step++) sum += Math.log((from - count + step) / step)
  return sum
}
