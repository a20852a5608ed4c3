import type { Field, FieldResult } from '../pipelines/fields.ts'
import type { Claim, Judgement } from './judge-field.ts'

/** Taken off where another part of the document states another value. */
const contradiction = 0.3

/**
 * One result of what the parts of a document say of a field. What is supported best counts; that others
 * contradict it is taken off its confidence and said. Without anything supported, nothing is given.
 */
export function mergeClaims(
  { name, type }: Field,
  claims: readonly { readonly claim: Claim; readonly judgement: Judgement }[],
  isWhole: boolean,
): FieldResult {
  const supported = claims.flatMap(({ claim, judgement }) =>
    judgement.status === 'found' ? [{ claim, ...judgement }] : [],
  )
  const [best, ...rest] = supported.toSorted(
    (one, other) => other.confidence - one.confidence || sizeOf(other.claim) - sizeOf(one.claim),
  )
  if (best) {
    const { claim, place, confidence } = best
    const others = rest.filter((other) => type !== 'list' && textOf(other.claim) !== textOf(claim))
    const isDisputed = others.length > 0
    return {
      name,
      type,
      status: 'found',
      ...claimed(claim),
      ...place,
      confidence: isDisputed ? Math.max(0.05, round(confidence - contradiction)) : confidence,
      ...(isDisputed && {
        why: `page ${others[0]?.place.page} says ${textOf(others[0]?.claim)} instead`,
      }),
    }
  }
  const refused = claims.find(({ judgement }) => judgement.status === 'refused')
  if (refused?.judgement.status === 'refused') {
    const { claim, judgement } = refused
    // The value is left out: what was refused is nobody's to use.
    return { name, type, status: 'refused', quote: claim.quote, why: judgement.why }
  }
  return { name, type, status: isWhole ? 'missing' : 'unread' }
}

const claimed = ({ value, quote }: Claim) => ({
  value: typeof value === 'object' ? [...value] : value,
  quote,
})

/** Of two lists the longer one says more. */
const sizeOf = ({ value }: Claim): number => (typeof value === 'object' ? value.length : 0)
const textOf = (claim: Claim | undefined): string => JSON.stringify(claim?.value)
const round = (value: number): number => Math.round(value * 100) / 100
