import type { RecallUnits } from './recall-units.ts'
import type { ScoreBuffers } from './score-buffers.ts'
import { topScores } from './top-scores.ts'

/** Units that are found by meaning, at most. */
export const vectorRanks = 100

/** The places of the units whose vectors are nearest to the question's, the nearest first. */
export function nearestUnits(
  vector: Float32Array | undefined,
  { units }: RecallUnits,
  buffers: ScoreBuffers,
): readonly number[] {
  if (!vector) return []
  const nearness = buffers.take(units.length)
  units.forEach((unit, at) => {
    if (unit.vector) nearness[at] = product(vector, unit.vector)
  })
  return topScores(nearness, vectorRanks)
}

function product(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0)
  return sum
}
