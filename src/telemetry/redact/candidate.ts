/**
 * How sure a matcher is: a `form` is only a shape, a `context` has words around it that name it, a
 * `check` has passed a checksum or carries a provider's own prefix.
 */
export type Evidence = 'form' | 'context' | 'check'

/** A span, in units of the view, that a detector takes for sensitive. */
export interface Candidate {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly evidence: Evidence
}

const strength: Record<Evidence, number> = { form: 1, context: 2, check: 3 }

/**
 * Settles overlaps so that nothing found stays visible: of two candidates that overlap, the union is
 * masked. It bears the type of the one that contains the other; of equals, that of the better evidence.
 *
 * @returns disjoint candidates in text order
 */
export function settleOverlaps(candidates: readonly Candidate[]): Candidate[] {
  const ordered = candidates.toSorted(
    (a, b) => a.start - b.start || b.end - a.end || strength[b.evidence] - strength[a.evidence],
  )
  const settled: Candidate[] = []
  for (const candidate of ordered) {
    const last = settled.at(-1)
    if (!last || candidate.start >= last.end) settled.push(candidate)
    else if (candidate.end > last.end) settled[settled.length - 1] = union(last, candidate)
  }
  return settled
}

function union(first: Candidate, second: Candidate): Candidate {
  const stronger = strength[second.evidence] > strength[first.evidence] ? second : first
  return { ...stronger, start: first.start, end: second.end }
}
