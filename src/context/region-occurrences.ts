import { gap, type Indexed, type SearchRegion } from './search-region.ts'
import type { Term } from './vocabulary.ts'
import type { Occurrences } from './window-bm25.ts'

/** Where each of the terms stands in a region: one pass over what the units there say. */
export function occurrencesIn(
  region: SearchRegion,
  { units: { said }, vocabulary }: Indexed,
  terms: readonly Term[],
): readonly Occurrences[] {
  if (terms.length === 0) return []
  const found = terms.map((term): Occurrences => ({ term, at: [], times: [] }))
  const { slots } = vocabulary
  for (const [slot, { id }] of terms.entries()) slots[id] = slot
  const { values, starts } = said
  for (let at = 0; at < region.length; at++) {
    const place = region[at] ?? gap
    if (place === gap) continue
    const end = starts[place + 1] ?? 0
    for (let next = starts[place] ?? 0; next < end; next++) {
      const slot = slots[values[next] ?? 0] ?? -1
      if (slot >= 0) note(found[slot], at)
    }
  }
  for (const { id } of terms) slots[id] = -1
  return found
}

function note(where: Occurrences | undefined, at: number): void {
  if (!where) return
  const last = where.at.length - 1
  if (where.at[last] === at) where.times[last] = (where.times[last] ?? 0) + 1
  else {
    where.at.push(at)
    where.times.push(1)
  }
}
