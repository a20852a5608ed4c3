import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Settings } from '../settings.ts'

/** What is known when an attempt has failed and it has to be decided what to do. */
export interface Situation {
  readonly diagnosis: Diagnosis
  /** Attempts at this model in this call, the failed one included. */
  readonly tries: number
  /** Second tries so far in this call, over all models. */
  readonly retries: number
  readonly leftMs: number
  /** What another attempt at this model needs at least. */
  readonly neededMs: number
  /** Whether another model could be asked. */
  readonly hasOther: boolean
}

export type Reaction =
  | { readonly kind: 'same'; readonly waitMs: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'end' }

/**
 * With another model at hand, waiting for this one may take so much of what is left, and no more: a tenth
 * where the provider has said when, a pause that is hardly felt where nobody knows.
 */
const patienceForHint = 0.1
const patienceForBackoff = 0.02

/** Those who wait for the same moment are not to arrive at it together. */
const hintJitterMs = 100

/** What follows a failure: the same model, another one, or the end. Pure but for the dice. */
export function react(
  situation: Situation,
  settings: Settings,
): { readonly preferred: Reaction; readonly withoutRetry: Reaction } {
  const { diagnosis, hasOther, leftMs } = situation
  const other: Reaction =
    diagnosis.retry !== 'none' && hasOther ? { kind: 'other' } : { kind: 'end' }
  if (!mayRepeat(situation, settings)) return { preferred: other, withoutRetry: other }
  const waitMs = waitBefore(situation, settings)
  const fits = waitMs + situation.neededMs <= leftMs
  const patience = diagnosis.retryAfterMs === undefined ? patienceForBackoff : patienceForHint
  const patient = diagnosis.retry !== 'next' && waitMs <= leftMs * patience
  const repeat = fits && (patient || !hasOther)
  return { preferred: repeat ? { kind: 'same', waitMs } : other, withoutRetry: other }
}

function mayRepeat(
  { diagnosis, tries, retries }: Situation,
  { retries: limits }: Settings,
): boolean {
  if (diagnosis.retry === 'none' || !diagnosis.transient) return false
  return tries <= limits.perModel && retries < limits.total
}

/** The provider's hint where it gave one, else a back-off with full jitter (AWS Architecture Blog, 2015). */
function waitBefore({ diagnosis, tries }: Situation, { retries, random }: Settings): number {
  const hintMs =
    diagnosis.retryAfterMs ?? (diagnosis.reason === 'rate-limited' ? diagnosis.coolMs : undefined)
  if (hintMs !== undefined) return hintMs + random() * hintJitterMs
  const ceilingMs = Math.min(retries.maxDelayMs, retries.baseDelayMs * 2 ** (tries - 1))
  return random() * ceilingMs * diagnosis.backoff
}
