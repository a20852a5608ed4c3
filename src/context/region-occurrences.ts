import type { RecallUnits } from './recall-units.ts'
import { gap, type SearchRegion } from './search-region.ts'
import type { Term } from './vocabulary.ts'
import type { Occurrences } from './window-bm25.ts'

/** Where each of the terms stands in a region: one pass over what the units there say. */
export function occurrencesIn(
  region: SearchRegion,
  { units }: RecallUnits,
  terms: readonly Term[],
): readonly Occurrences[] {
  if (terms.length === 0) return []
  const found = terms.map((term): Occurrences => ({ term, at: [], times: [] }))
  terms.forEach((term, slot) => {
    term.slot = slot
  })
  for (let at = 0; at < region.length; at++) {
    const place = region[at] ?? gap
    if (place !== gap) note(units[place]?.terms ?? [], at, found)
  }
  for (const term of terms) term.slot = -1
  return found
}

/** Repeats of a term stand beside each other. */
function note(said: readonly Term[], at: number, found: readonly Occurrences[]): void {
  for (let from = 0, to = 0; from < said.length; from = to) {
    const term = said[from]
    while (to < said.length && said[to] === term) to++
    const where = term && term.slot >= 0 ? found[term.slot] : undefined
    if (!where) continue
    where.at.push(at)
    where.times.push(to - from)
  }
}
