import { createHash } from 'node:crypto'
import type { LearnPolicy } from '../../pipeline/precomputed.ts'
import type { PrecomputedStore } from '../../store/precomputed-store.ts'

const defaultMinSessions = 3
const defaultMinShare = 0.3

/**
 * Learns which step follows which, over all sessions: a chain of first order, which is little to keep
 * and explains itself. What a single session did is never predicted for another: a step counts from
 * `minSessions` sessions on.
 *
 * @returns the inputs that are likely to come after this one.
 */
export async function learnSteps(
  pipeline: string,
  policy: LearnPolicy<unknown, unknown>,
  input: unknown,
  { store, nowMs }: { readonly store: PrecomputedStore; readonly nowMs: number },
): Promise<readonly unknown[]> {
  const step = policy.step(input)
  if (step === undefined) return []
  const session = createHash('sha256').update(policy.session(input)).digest('hex')
  await store.noteStep({ pipeline, session, step, atMs: nowMs })
  const { minSessions = defaultMinSessions, minShare = defaultMinShare } = policy
  const following = await store.followingSteps(pipeline, step)
  return following
    .filter(({ sessions, of }) => sessions >= minSessions && sessions / of >= minShare)
    .map((each) => policy.next(each.step, input))
    .filter((next) => next !== undefined)
}
