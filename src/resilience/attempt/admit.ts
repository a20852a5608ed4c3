import { untilAborted } from '../../base/abort.ts'
import type { FailureReason } from '../../model/failure-reason.ts'
import { costUsd, type Price } from '../../model/price.ts'
import type { Usage } from '../../model/usage.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'
import type { Settings } from '../settings.ts'
import type { Denial, Permit, Settlement } from '../shared/health-store.ts'
import type { Load } from '../shared/rate-window.ts'
import type { Target } from '../target.ts'

/** Leave to send one attempt: a place in the lane and a permit of the store. Given back exactly once. */
export interface Leave {
  settle(end: AttemptEnd): void
}

/** What came of an attempt, as far as others have to know. */
export interface AttemptEnd {
  readonly outcome: 'ok' | Diagnosis
  /** When it was sent; undefined where it never was. */
  readonly startedAtMs: number | undefined
  readonly usage: Usage | undefined
  /** Nobody knows what it used: it was sent, and the connection broke before an answer began. */
  readonly isUnknown: boolean
}

export interface AdmissionRequest {
  readonly target: Target
  readonly isFirst: boolean
  readonly lastResort: boolean
  readonly estimate: Usage
  /** The longest wait for a place. */
  readonly waitMs: number
  readonly signal: AbortSignal
}

/**
 * Asks for leave: first a place among the attempts that run, for which it may wait, then the permit of
 * breaker and rates, so that what is decided there is decided at the moment of sending. Rejects with the
 * signal's reason when it aborts meanwhile; nothing is then held.
 */
export async function admit(
  request: AdmissionRequest,
  settings: Settings,
): Promise<Leave | Denial> {
  const { target, signal, waitMs } = request
  const { lane } = target.local
  const { clock, concurrency } = settings
  if (!(await lane.enter({ settings: concurrency, clock, waitMs, signal }))) {
    signal.throwIfAborted()
    return {
      admitted: false,
      reason: 'not-admitted',
      retryAfterMs: laneWaitMs(target, clock.now()),
      negotiable: true,
    }
  }
  const permit = await askStore(request, settings)
  if (permit?.admitted) return createLeave(target, permit, settings)
  const nowMs = clock.now()
  lane.leave({ settings: concurrency, push: 'unknown', startedAtMs: nowMs, nowMs })
  signal.throwIfAborted()
  return permit ?? { admitted: false, reason: 'not-admitted', retryAfterMs: 0, negotiable: false }
}

/** Undefined when the call was aborted while the store thought about it; a late permit is given back. */
async function askStore(
  { target, isFirst, lastResort, estimate, signal }: AdmissionRequest,
  settings: Settings,
): Promise<Permit | Denial | undefined> {
  const { store } = settings.health
  const load = loadOf(estimate, target.price)
  const asked = store.admit(target.health, { isFirst, lastResort, load })
  if (!(asked instanceof Promise)) return asked
  try {
    return await untilAborted(asked, signal)
  } catch {
    // Only an abort rejects here, and its caller looks at the signal itself.
    void asked.then((late) => {
      if (late.admitted) store.settle(target.health, late, unsent)
    })
    return undefined
  }
}

function createLeave(target: Target, permit: Permit, settings: Settings): Leave {
  const { concurrency, clock, health } = settings
  return {
    settle({ outcome, startedAtMs, usage }) {
      const nowMs = clock.now()
      const settlement =
        startedAtMs === undefined ? unsent : settlementOf(outcome, usage, target.price)
      health.store.settle(target.health, permit, settlement)
      if (outcome !== 'ok' && outcome.reason === 'broken-tool-call') {
        health.store.reportQuality(target.health, false)
      }
      const push = startedAtMs === undefined ? 'unknown' : pushOf(outcome)
      target.local.lane.leave({
        settings: concurrency,
        push,
        startedAtMs: startedAtMs ?? nowMs,
        nowMs,
      })
    },
  }
}

const unsent: Settlement = { health: 'neutral', sent: false, load: { tokens: 0, usd: 0 } }

function settlementOf(
  outcome: 'ok' | Diagnosis,
  usage: Usage | undefined,
  price: Price | undefined,
): Settlement {
  const sent = { sent: true, load: usage ? loadOf(usage, price) : { tokens: 0, usd: 0 } }
  if (outcome === 'ok') return { ...sent, health: 'ok' }
  const { reason, scope, transient, coolMs, retryAfterMs } = outcome
  // A provider that counts requests is alive; it is left alone for as long as it says.
  const neutral = scope === 'request' || reason === 'rate-limited'
  const holdMs = reason === 'rate-limited' ? coolMs : retryAfterMs
  return {
    ...sent,
    health: neutral ? 'neutral' : 'failed',
    ...(holdMs !== undefined && { holdMs, holdReason: reason }),
    ...(!neutral &&
      !transient &&
      coolMs !== undefined && { ejection: { cause: reason, forMs: coolMs } }),
    forAccount: scope === 'key',
  }
}

/** By which a provider shows that it is given too much. */
const pushesBack = new Set<FailureReason>([
  'rate-limited',
  'overloaded',
  'connect-timeout',
  'first-content-timeout',
  'attempt-timeout',
])

function pushOf(outcome: 'ok' | Diagnosis): 'back' | 'none' | 'unknown' {
  if (outcome === 'ok') return 'none'
  return pushesBack.has(outcome.reason) ? 'back' : 'unknown'
}

function loadOf(usage: Usage, price: Price | undefined): Load {
  return { tokens: usage.inputTokens + usage.outputTokens, usd: price ? costUsd(usage, price) : 0 }
}

/** One place frees up about every answer's length over the number that run. */
function laneWaitMs({ local }: Target, nowMs: number): number {
  const answerMs = local.answer.quantile(0.5, nowMs) ?? 1_000
  return Math.ceil((answerMs * (local.lane.queued + 1)) / Math.max(1, local.lane.inFlight))
}
