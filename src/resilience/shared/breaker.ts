import type { FailureReason } from '../../model/failure-reason.ts'
import type {
  BreakerState,
  Closed,
  HalfOpen,
  Open,
  OpenCause,
  Recovering,
} from './breaker-state.ts'
import { type SavedSum, SlidingSum } from './sliding-sum.ts'

/**
 * The circuit breaker of one model.
 *
 * - closed: everything passes; a run of failures, or a share of them within a window, opens it
 * - open: nothing passes until a time that doubles with each opening in a row, up to a cap
 * - half-open: one probe passes
 * - recovering: a growing share passes; a relapse opens it again, time alone closes it
 *
 * Invariants:
 * 1. Out of open and half-open only an attempt that ended well leads on; one probe passes at a time, apart
 *    from the trickle of a last resort.
 * 2. A result counts only in the state in which its attempt was let through: each change of state begins
 *    a new epoch, so the failures that were under way when it opened cannot open it twice.
 * 3. A result that says nothing about the model (`neutral`) changes no state; it only frees the probe.
 * 4. Where no other model is left (`lastResort`) a recovering breaker, and one whose outage is not proven,
 *    lets all pass, and an open one a trickle: a breaker alone must not make an outage longer than it is
 *    (Envoy's panic threshold).
 */
export class Breaker {
  #state: BreakerState = { name: 'closed', sinceMs: 0, openings: 0, consecutive: 0 }
  #epoch = 0
  /** Calls let through so far; each pass has its number. */
  #passed = 0
  #failureRun: FailureRun | undefined
  readonly #calls = new SlidingSum(windowMs)
  readonly #failures = new SlidingSum(windowMs)
  /** Over all states, as the two above are for one. */
  readonly #allCalls = new SlidingSum(windowMs)
  readonly #allFailures = new SlidingSum(windowMs)
  /** When it opened, or when the last resort was last let through. */
  #lastTrickleMs = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Whether an attempt may pass now. Each pass is settled exactly once. */
  ask(nowMs: number, settings: BreakerSettings, lastResort = false): BreakerPass | BreakerDenial {
    const state = this.#state
    switch (state.name) {
      case 'closed':
        return this.#pass(false)
      case 'open':
        return this.#askOpen(state, nowMs, settings, lastResort)
      case 'half-open':
        return this.#askHalfOpen(state, nowMs, settings, lastResort)
      case 'recovering':
        return this.#askRecovering(state, nowMs, settings, lastResort)
    }
  }

  /** What came of an attempt that was let through. */
  settle(pass: BreakerPass, result: BreakerResult, nowMs: number, settings: BreakerSettings): void {
    const { health, ejection } = result
    if (health !== 'neutral') this.#allCalls.add(nowMs)
    if (health === 'failed') this.#allFailures.add(nowMs)
    if (pass.epoch !== this.#epoch) {
      if (ejection) this.eject(ejection, nowMs, settings)
      return
    }
    if (health === 'neutral') {
      this.#freeProbe(pass)
      return
    }
    if (this.#state.name === 'closed') this.#follow(pass.serial, health)
    this.#take(health, ejection, nowMs, settings)
  }

  /**
   * Opens it on the word of one answer: the key is bad, the model is gone, its answers no longer fit. Among
   * good answers that word is not believed for long: a probe soon proves it or not.
   */
  eject(ejection: Ejection, nowMs: number, settings: BreakerSettings): void {
    // What was under way when it opened tells nothing new.
    if (this.#state.name === 'open') return
    const isProbe = this.#state.name === 'half-open'
    const isBelieved = isProbe || ejection.cause === 'quality' || !this.isHealthy(nowMs)
    const isProven = isProbe && ejection.cause !== 'quality'
    this.#open(ejection, { isBelieved, isProven }, nowMs, settings)
  }

  /** Whether many calls of the last seconds went well, so that one that did not is the exception. */
  isHealthy(nowMs: number): boolean {
    const calls = this.#allCalls.atMost(nowMs)
    return calls >= healthyCalls && this.#allFailures.atMost(nowMs) <= calls * healthyFailures
  }

  /** The share of failures among the calls of the last 10 s in this state, from 0 to 1. */
  failureShare(nowMs: number): number {
    const calls = this.#calls.atMost(nowMs)
    return calls === 0 ? 0 : this.#failures.atMost(nowMs) / calls
  }

  save(): SavedBreaker {
    return {
      state: this.#state,
      epoch: this.#epoch,
      passed: this.#passed,
      failureRun: this.#failureRun ?? null,
      lastTrickleMs: this.#lastTrickleMs,
      calls: this.#calls.save(),
      failures: this.#failures.save(),
      allCalls: this.#allCalls.save(),
      allFailures: this.#allFailures.save(),
    }
  }

  restore(saved: SavedBreaker): void {
    this.#state = saved.state
    this.#epoch = saved.epoch
    this.#passed = saved.passed
    this.#failureRun = saved.failureRun ?? undefined
    this.#lastTrickleMs = saved.lastTrickleMs
    this.#calls.restore(saved.calls)
    this.#failures.restore(saved.failures)
    this.#allCalls.restore(saved.allCalls)
    this.#allFailures.restore(saved.allFailures)
  }

  #askOpen(
    state: Open,
    nowMs: number,
    { openMs }: BreakerSettings,
    lastResort: boolean,
  ): BreakerPass | BreakerDenial {
    if (nowMs >= state.untilMs) return this.#probe(state, nowMs)
    if (lastResort && (!state.isProven || this.#trickles(nowMs, openMs))) return this.#pass(true)
    const trickleInMs = this.#lastTrickleMs + openMs - nowMs
    const waitMs = state.untilMs - nowMs
    return deny(state.cause, lastResort ? Math.min(waitMs, trickleInMs) : waitMs)
  }

  #askHalfOpen(
    state: HalfOpen,
    nowMs: number,
    { openMs }: BreakerSettings,
    lastResort: boolean,
  ): BreakerPass | BreakerDenial {
    const { probeSinceMs } = state
    if (probeSinceMs === undefined || nowMs - probeSinceMs > longestProbeMs) {
      return this.#probe(state, nowMs)
    }
    if (lastResort && this.#trickles(nowMs, openMs)) return this.#pass(true)
    return deny(state.cause, openMs)
  }

  #askRecovering(
    state: Recovering,
    nowMs: number,
    { rampMs }: BreakerSettings,
    lastResort: boolean,
  ): BreakerPass | BreakerDenial {
    const done = (nowMs - state.sinceMs) / rampMs
    if (done >= 1) {
      this.#enter({ name: 'closed', sinceMs: nowMs, openings: state.openings, consecutive: 0 })
      return this.#pass(false)
    }
    // A share of the calls, spread evenly and without dice: every tenth, every fifth, every second.
    const credit = state.credit + Math.max(firstShare, done)
    const passes = credit >= 1
    this.#state = { ...state, credit: passes ? credit - 1 : credit }
    return passes || lastResort ? this.#pass(false) : deny(state.cause, rampMs * (1 - done))
  }

  #take(
    health: 'ok' | 'failed',
    ejection: Ejection | undefined,
    nowMs: number,
    settings: BreakerSettings,
  ): void {
    this.#calls.add(nowMs)
    if (health === 'failed') this.#failures.add(nowMs)
    const opening = this.#judge(health, nowMs, settings)
    if (ejection) this.eject(ejection, nowMs, settings)
    else if (opening) this.#open(opening, { isBelieved: true, isProven: true }, nowMs, settings)
  }

  /** Takes a result in; returns the opening that it calls for. */
  #judge(health: 'ok' | 'failed', nowMs: number, s: BreakerSettings): Ejection | undefined {
    const state = this.#state
    switch (state.name) {
      case 'closed':
        return this.#judgeClosed(state, health, nowMs, s)
      case 'open':
        return this.#judgeOpen(state, health, nowMs, s)
      case 'half-open':
        return this.#judgeProbe(state, health, nowMs)
      case 'recovering':
        return this.#judgeRecovering(state, health, s)
    }
  }

  #judgeClosed(state: Closed, health: 'ok' | 'failed', nowMs: number, s: BreakerSettings) {
    const consecutive = health === 'ok' ? 0 : state.consecutive + 1
    if (consecutive !== state.consecutive) this.#state = { ...state, consecutive }
    if (health === 'ok') return undefined
    const manyFail =
      this.#calls.atMost(nowMs) >= s.minCalls && this.failureShare(nowMs) >= s.failureShare
    if (consecutive < s.consecutiveFailures && !manyFail && !this.#isFailing(s)) return undefined
    return { cause: 'failures', forMs: s.openMs } as const
  }

  /**
   * Follows a run of failures by the order in which its attempts were let through: what was sent before
   * the first of them, and answers after it, says how the model was, not how it is.
   */
  #follow(serial: number, health: 'ok' | 'failed'): void {
    const run = this.#failureRun
    if (health === 'failed') {
      this.#failureRun = { from: run?.from ?? serial, failures: (run?.failures ?? 0) + 1 }
    } else if (run && serial > run.from) {
      this.#failureRun = undefined
    }
  }

  /** Whether a good part of all that was let through since the run began has failed already. */
  #isFailing(s: BreakerSettings): boolean {
    const run = this.#failureRun
    if (!run || run.failures < s.consecutiveFailures) return false
    return run.failures >= (this.#passed - run.from) * s.failureShare
  }

  /** Only a last resort passes an open breaker. */
  #judgeOpen(state: Open, health: 'ok' | 'failed', nowMs: number, s: BreakerSettings): undefined {
    if (health === 'failed') {
      const consecutive = state.consecutive + 1
      const isProven = state.isProven || consecutive >= s.consecutiveFailures
      this.#state = { ...state, consecutive, isProven }
    } else if (state.cause === 'quality' && !state.isProven) {
      // It answers, which nobody doubted.
      this.#state = { ...state, consecutive: 0 }
    } else {
      this.#recover(state, nowMs)
    }
  }

  #judgeProbe(state: HalfOpen, health: 'ok' | 'failed', nowMs: number): Ejection | undefined {
    if (health === 'failed') return { cause: state.cause, forMs: state.baseMs }
    this.#recover(state, nowMs)
    return undefined
  }

  /** An outage that was never proven is over at once. */
  #recover({ isProven, openings, cause }: Open | HalfOpen, nowMs: number): void {
    const counts = { calls: 0, failures: 0, consecutive: 0, credit: 1 }
    if (isProven) this.#enter({ name: 'recovering', sinceMs: nowMs, openings, cause, ...counts })
    else this.#enter({ name: 'closed', sinceMs: nowMs, openings, consecutive: 0 })
  }

  #judgeRecovering(state: Recovering, health: 'ok' | 'failed', s: BreakerSettings) {
    const calls = state.calls + 1
    const failures = state.failures + (health === 'failed' ? 1 : 0)
    const consecutive = health === 'ok' ? 0 : state.consecutive + 1
    this.#state = { ...state, calls, failures, consecutive }
    const relapsed =
      consecutive >= relapseRun || (failures >= 2 && failures / calls >= s.failureShare)
    return relapsed ? ({ cause: 'failures', forMs: s.openMs } as const) : undefined
  }

  #open(
    { cause, forMs }: Ejection,
    { isBelieved, isProven }: { readonly isBelieved: boolean; readonly isProven: boolean },
    nowMs: number,
    s: BreakerSettings,
  ): void {
    const state = this.#state
    const isFresh = state.name === 'closed' && nowMs - state.sinceMs > forgetAfterMs
    const openings = isFresh ? 0 : state.openings
    const capMs = cause === 'failures' ? s.maxOpenMs : forMs * longestDoubling
    const openMs = isBelieved ? Math.min(forMs * 2 ** openings, capMs) : s.openMs
    this.#lastTrickleMs = nowMs
    this.#enter({
      name: 'open',
      cause,
      // Several processes and several models that failed together are not to come back together.
      untilMs: nowMs + openMs * (0.9 + 0.2 * this.#random()),
      baseMs: forMs,
      openings: isBelieved ? openings + 1 : openings,
      isProven,
      consecutive: 0,
    })
  }

  #enter(state: BreakerState): void {
    this.#state = state
    this.#epoch++
    this.#failureRun = undefined
    this.#calls.clear()
    this.#failures.clear()
  }

  #pass(probe: boolean): BreakerPass {
    return { passes: true, epoch: this.#epoch, serial: this.#passed++, probe }
  }

  #probe(state: Open | HalfOpen, nowMs: number): BreakerPass {
    const { baseMs, openings, cause, isProven } = state
    const known = { baseMs, openings, cause, isProven }
    const next = { name: 'half-open', ...known, probeSinceMs: nowMs } as const
    if (state.name === 'open') this.#enter(next)
    else this.#state = next
    return this.#pass(true)
  }

  /** As a last resort one call passes in the time of a first opening: enough to notice the end. */
  #trickles(nowMs: number, openMs: number): boolean {
    if (nowMs - this.#lastTrickleMs < openMs) return false
    this.#lastTrickleMs = nowMs
    return true
  }

  #freeProbe(pass: BreakerPass): void {
    if (!pass.probe || this.#state.name !== 'half-open') return
    const { probeSinceMs: _freed, ...state } = this.#state
    this.#state = state
  }
}

/** A breaker as plain data. */
/** Failures that came one after the other, by the order in which their attempts were let through. */
interface FailureRun {
  /** The number of the first pass of the run. */
  readonly from: number
  readonly failures: number
}

export interface SavedBreaker {
  readonly state: BreakerState
  readonly epoch: number
  readonly passed: number
  readonly failureRun: FailureRun | null
  readonly lastTrickleMs: number
  readonly calls: SavedSum | null
  readonly failures: SavedSum | null
  readonly allCalls: SavedSum | null
  readonly allFailures: SavedSum | null
}

export interface BreakerSettings {
  /** A run of failures of this length opens it. */
  readonly consecutiveFailures: number
  /** This share of failures among at least `minCalls` calls within 10 s opens it. */
  readonly failureShare: number
  readonly minCalls: number
  /** How long it stays open the first time. */
  readonly openMs: number
  /** The cap on the doubling. */
  readonly maxOpenMs: number
  /** How long the share of calls takes to grow from a tenth to all after recovery. */
  readonly rampMs: number
}

/** Leave to send one attempt. */
export interface BreakerPass {
  readonly passes: true
  readonly epoch: number
  /** How many were let through before it. */
  readonly serial: number
  readonly probe: boolean
}

export interface BreakerDenial {
  readonly passes: false
  readonly reason: FailureReason
  readonly retryAfterMs: number
}

export interface BreakerResult {
  /** `neutral`: says nothing about the model, such as a wrong request or an abort. */
  readonly health: 'ok' | 'failed' | 'neutral'
  readonly ejection?: Ejection
}

export interface Ejection {
  readonly cause: OpenCause
  /** The first time; doubled with each opening in a row. */
  readonly forMs: number
}

/** Long enough for ten calls at one a second, short enough to notice an outage while it is one. */
const windowMs = 10_000

/** The share that passes right after a probe has ended well. */
const firstShare = 0.1

/** So many calls of ten seconds, with no more failures than this among them, are good health. */
const healthyCalls = 10
const healthyFailures = 0.2

/** A run of failures that is a relapse: with one failure in twenty, three in a row are one in 8,000. */
const relapseRun = 3

/** A probe whose process died is given up after this. */
const longestProbeMs = 60_000

/** After this long without opening, the next opening is the first one again. */
const forgetAfterMs = 60_000

/** An ejection that only a person can end is doubled up to eight times its first length. */
const longestDoubling = 8

function deny(cause: OpenCause, retryAfterMs: number): BreakerDenial {
  const reason = cause === 'failures' || cause === 'quality' ? 'breaker-open' : cause
  return { passes: false, reason, retryAfterMs: Math.max(1, retryAfterMs) }
}
